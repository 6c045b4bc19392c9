/**
 * What an SMMU keeps of what it read: TLBs, walk cache and configuration caches, and the tables
 * that say which invalidation reaches which entry (IHI 0070 3.17, 4.3, 4.4, 4.6).
 */
package portcullis.machine.smmuv3.caches;
