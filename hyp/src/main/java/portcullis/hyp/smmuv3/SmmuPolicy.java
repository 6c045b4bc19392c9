package portcullis.hyp.smmuv3;

import java.util.ArrayList;
import java.util.List;

/**
 * Every security decision of the driver. The driver interprets it; a reviewer reads it ({@link
 * #rows}); a planted bug is a copy with one row changed ({@link #with}).
 */
public record SmmuPolicy(
    RegisterPolicy registers,
    CommandPolicy commands,
    StePolicy stes,
    ProtectionPolicy protections,
    Stage2Policy stage2) {

  /** What isolation needs. */
  public static final SmmuPolicy DEFAULT =
      new SmmuPolicy(
          RegisterPolicy.DEFAULT,
          CommandPolicy.DEFAULT,
          StePolicy.DEFAULT,
          ProtectionPolicy.DEFAULT,
          Stage2Policy.DEFAULT);

  /** A copy with {@code changed} in place of the row about the same thing. */
  public SmmuPolicy with(PolicyRow changed) {
    return switch (changed) {
      case RegisterPolicy.Row row ->
          new SmmuPolicy(registers.with(row), commands, stes, protections, stage2);
      case RegisterPolicy.StrayRow row ->
          new SmmuPolicy(registers.with(row), commands, stes, protections, stage2);
      case CommandPolicy.Row row ->
          new SmmuPolicy(registers, commands.with(row), stes, protections, stage2);
      case StePolicy.Row row ->
          new SmmuPolicy(registers, commands, stes.with(row), protections, stage2);
      case StePolicy.ConfigRow row ->
          new SmmuPolicy(registers, commands, stes.with(row), protections, stage2);
      case ProtectionPolicy.Row row ->
          new SmmuPolicy(registers, commands, stes, protections.with(row), stage2);
      case Stage2Policy.Row row ->
          new SmmuPolicy(registers, commands, stes, protections, stage2.with(row));
    };
  }

  /** A copy that keeps the shadow stage-2 by other rules. */
  public SmmuPolicy with(Stage2Policy rules) {
    return new SmmuPolicy(registers, commands, stes, protections, rules);
  }

  /** Every row of every table, in order. */
  public List<PolicyRow> rows() {
    List<PolicyRow> all = new ArrayList<>();
    all.addAll(registers.rows());
    all.addAll(registers.strays());
    all.addAll(commands.rows());
    all.addAll(stes.rows());
    all.addAll(stes.configs());
    all.addAll(protections.rows());
    all.addAll(stage2.rows());
    return all;
  }
}
