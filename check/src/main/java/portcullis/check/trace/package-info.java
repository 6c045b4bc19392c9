/** Traces: one line an event, in a stable format that {@code docs/trace.md} describes. */
package portcullis.check.trace;
