package portcullis.machine.smmuv3;

import portcullis.machine.smmuv3.registers.ChangeCount;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.registers.RegisterFile;
import portcullis.machine.vmsa.TableWalker;
import portcullis.store.Store;

/**
 * The parts that translate, from a StreamID to an address (IHI 0070 3.3).
 *
 * @param streams finds STEs
 * @param contexts finds CDs
 * @param configuration finds both
 * @param stage2 beside its part in {@code stages}
 * @param stages translate, once both are found
 * @param translator does all of it
 */
record TranslationUnit(
    StreamTable streams,
    ContextTable contexts,
    Configuration configuration,
    Stage2 stage2,
    TranslationStages stages,
    Translator translator) {

  /**
   * Parts that belong together.
   *
   * @param changes counts the changes of registers and of configuration in {@code caches}
   * @param updates whether descriptors are updated where HTTU is enabled; if not, they count as
   *     updated (IHI 0070 9, HTTUI)
   */
  static TranslationUnit of(
      Store store,
      Features features,
      RegisterFile registers,
      ChangeCount changes,
      Caches caches,
      Fetches fetches,
      boolean updates) {
    Stage2 stage2 =
        new Stage2(
            features,
            caches.bbm(),
            caches.stage2(),
            new TableWalker(fetches.stage2Tables(), caches.tables()),
            updates);
    Stage1 stage1 =
        new Stage1(
            features,
            caches.bbm(),
            caches.stage1(),
            new TableWalker(fetches.stage1Tables(), caches.tables()),
            stage2,
            updates);
    StreamTable streams =
        new StreamTable(
            features,
            registers,
            fetches.streamDescriptors(),
            fetches.streamEntries(),
            caches.stes());
    ContextTable contexts =
        new ContextTable(
            features,
            fetches.contextDescriptors(),
            fetches.contextEntries(),
            caches.cds(),
            new PartIdMaps(fetches.partIdMaps(), caches.maps()),
            stage2);
    Configuration configuration =
        new Configuration(store, changes, streams, contexts, caches.keepConfiguration());
    TranslationStages stages = new TranslationStages(features, stage1, stage2);
    return new TranslationUnit(
        streams,
        contexts,
        configuration,
        stage2,
        stages,
        new Translator(features, registers, configuration, stages));
  }
}
