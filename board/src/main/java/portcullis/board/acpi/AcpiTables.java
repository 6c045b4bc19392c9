package portcullis.board.acpi;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import portcullis.board.fdt.BoardException;

/**
 * The tables that describe a board: an IORT, and perhaps an SRAT and an MCFG.
 *
 * @param iortTable the bytes of the IORT
 * @param iort what they say
 * @param sratTable the bytes of the SRAT
 * @param mcfgTable the bytes of the MCFG
 */
public record AcpiTables(
    AcpiTable iortTable, Iort iort, Optional<AcpiTable> sratTable, Optional<AcpiTable> mcfgTable) {

  /**
   * Sorts tables by their signatures, and parses the IORT.
   *
   * @param tables in any order
   * @throws BoardException if one has another signature, there are two of one kind, no IORT, or the
   *     IORT is not well formed
   */
  public static AcpiTables of(List<AcpiTable> tables) throws BoardException {
    Map<String, AcpiTable> bySignature = new HashMap<>();
    for (AcpiTable table : tables) {
      String signature = table.signature();
      if (!List.of(IortFormat.SIGNATURE, Srat.SIGNATURE, Mcfg.SIGNATURE).contains(signature)) {
        throw table.fault(0, "signature", "is " + signature, "IORT, SRAT or MCFG");
      }
      AcpiTable other = bySignature.putIfAbsent(signature, table);
      if (other != null) {
        throw table.fault(
            "is a second " + signature + ", after " + other.fileName(), "one table of each kind");
      }
    }
    AcpiTable iort = bySignature.get(IortFormat.SIGNATURE);
    if (iort == null) {
      throw new BoardException("ACPI tables", "none is an IORT", "one, which names the SMMUs");
    }
    return new AcpiTables(
        iort,
        Iort.parse(iort),
        Optional.ofNullable(bySignature.get(Srat.SIGNATURE)),
        Optional.ofNullable(bySignature.get(Mcfg.SIGNATURE)));
  }
}
