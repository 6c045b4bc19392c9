package portcullis.hyp.smmuv3;

import java.util.EnumMap;
import java.util.Map;
import portcullis.arch.smmu.Register;
import portcullis.store.Cell;
import portcullis.store.Store;

/** What the host wrote last to each register that the policy has a row for. */
final class HostRegisters {
  private final Map<Register, Cell> cells = new EnumMap<>(Register.class);

  HostRegisters(Store store, String name, RegisterPolicy policy) {
    for (RegisterPolicy.Row row : policy.rows()) {
      Register register = row.register();
      cells.put(register, store.cell(name + ".host." + register.name()));
    }
  }

  long get(Register register) {
    return cells.get(register).get();
  }

  void set(Register register, long value) {
    cells.get(register).set(value);
  }
}
