/**
 * A host that does whatever it likes to the assembled system, and an oracle that looks, past EL2,
 * at what the hardware could now reach.
 */
package portcullis.check.hostile;
