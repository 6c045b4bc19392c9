package portcullis.board;

import java.util.List;

/**
 * A wired interrupt.
 *
 * @param name from {@code interrupt-names}, for an SMMUv3 {@code eventq}, {@code gerror}, {@code
 *     priq}, {@code cmdq-sync} or {@code combined}
 * @param specifier the cells of {@code interrupts}, whose meaning is the interrupt controller's
 */
public record Interrupt(String name, List<Integer> specifier) {

  /** Copies the list. */
  public Interrupt {
    specifier = List.copyOf(specifier);
  }
}
