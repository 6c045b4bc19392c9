/**
 * The model of one SMMUv3 (IHI 0070), Non-secure programming interface: register file, queues,
 * configuration and translation, with caches that keep what was not invalidated.
 *
 * <p>It is the independent judge of the hypervisor above it and shares no code with it beyond
 * {@code arch}'s declarations. Configuration decode, table walk, permission check and event
 * recording are separate classes; a translation is a value, and recording its fault is the caller's
 * step.
 */
package portcullis.machine.smmuv3;
