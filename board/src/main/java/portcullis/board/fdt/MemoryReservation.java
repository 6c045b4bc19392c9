package portcullis.board.fdt;

/**
 * An entry of the memory reservation block ({@code /memreserve/}; Devicetree Specification 5.3):
 * physical memory that the client program may not use.
 *
 * @param address first byte, an unsigned 64-bit number
 * @param size in bytes, an unsigned 64-bit number
 */
public record MemoryReservation(long address, long size) {}
