/**
 * What operations cost, counted and not computed: the same machine, host and operations under
 * different rules of keeping the shadow stage-2.
 */
package portcullis.check.cost;
