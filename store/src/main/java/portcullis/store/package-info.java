/**
 * The one store of all mutable state: every mutable word of machine, hypervisor and host is a cell
 * declared from a {@link portcullis.store.Store}, so that snapshot, undo, hash, compare, save and
 * load hold for all of it at once.
 */
package portcullis.store;
