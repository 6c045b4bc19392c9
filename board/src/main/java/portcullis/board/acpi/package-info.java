/**
 * ACPI tables as binary files: IORT (Arm DEN 0049), and SRAT and MCFG where they add to it; a
 * parser of each, and writers.
 */
package portcullis.board.acpi;
