/**
 * SMMUv3 (IHI 0070) up to SMMUv3.3, as the Non-secure side sees it: registers ({@link
 * portcullis.arch.smmu.Register}), stream and context tables, commands ({@link
 * portcullis.arch.smmu.Opcode}), event records ({@link portcullis.arch.smmu.EventType}) and PRI
 * queue entries.
 *
 * <p>A class such as {@link portcullis.arch.smmu.Cr0} or {@link portcullis.arch.smmu.Tlbi} holds
 * the fields of one register, structure or family of commands; constants beside a field are
 * encodings of it that code needs by name. Section numbers are those of issue G.b.
 */
package portcullis.arch.smmu;
