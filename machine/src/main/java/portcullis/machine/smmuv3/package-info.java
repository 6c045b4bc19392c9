/**
 * The model of one SMMUv3 (IHI 0070), Non-secure programming interface: register file, queues,
 * configuration and translation, with caches that keep what was not invalidated.
 *
 * <p>This package has the face, {@link portcullis.machine.smmuv3.SmmuV3}, and what happens in time:
 * a translation and its stages, commands, events, stalls, ATS and PRI. Below it, each using only
 * those before it: {@code profile}, {@code registers}, {@code attributes}, {@code caches}, {@code
 * structures} and {@code dpt}; all but the first are the module's own.
 *
 * <p>It is the independent judge of the hypervisor above it and shares no code with it beyond
 * {@code arch}'s declarations. Configuration decode, table walk, permission check and event
 * recording are separate classes; a translation is a value, and recording its fault is the caller's
 * step.
 */
package portcullis.machine.smmuv3;
