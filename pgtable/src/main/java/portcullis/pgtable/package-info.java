/**
 * VMSAv8-64 translation tables of stage 1 and stage 2 (DDI 0487 D8) over a platform's memory.
 *
 * <p>{@link portcullis.pgtable.PageTable} is a view: all that changes lies in the table pages
 * themselves, so whatever journals that memory also journals the tables. The caller brings the page
 * allocator, the TLB maintenance and, for walkers that do not snoop caches, the cache maintenance.
 */
package portcullis.pgtable;
