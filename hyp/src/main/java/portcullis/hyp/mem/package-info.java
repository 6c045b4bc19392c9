/**
 * Who owns each page, and what that means for the host's stage-2: the page ownership of pKVM's EL2.
 *
 * <p>{@link portcullis.hyp.mem.PageOwnership} holds the truth, {@link
 * portcullis.hyp.mem.PagePolicy} says which transition is allowed from where, {@link
 * portcullis.hyp.mem.HostPages} carries transitions out in the order that keeps them safe, {@link
 * portcullis.hyp.mem.HostStage2} is the CPUs' view and {@link
 * portcullis.hyp.mem.HostStage2Listener} the IOMMUs'.
 */
package portcullis.hyp.mem;
