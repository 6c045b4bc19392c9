package portcullis.machine.smmuv3;

import portcullis.machine.smmuv3.caches.BbmLevel;
import portcullis.machine.smmuv3.caches.ConfigurationCache;
import portcullis.machine.smmuv3.caches.IntermediateTables;
import portcullis.machine.smmuv3.caches.Tlb;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.registers.ChangeCount;
import portcullis.machine.smmuv3.registers.Features;
import portcullis.machine.smmuv3.structures.DecodedCd;
import portcullis.machine.smmuv3.structures.DecodedSte;
import portcullis.machine.smmuv3.structures.PartIdMap;
import portcullis.store.Store;

/**
 * What translations keep of what they fetched (IHI 0070 3.17, 3.21, 17.6): as much as the profile
 * has room for, or nothing.
 *
 * @param bbm what becomes of blocks that change their size
 * @param stage1 of stage 1, or of both stages
 * @param stage2 of stage 2 alone
 * @param tables of both stages
 * @param maps by VMID
 */
record Caches(
    BbmLevel bbm,
    Tlb stage1,
    Tlb stage2,
    IntermediateTables tables,
    ConfigurationCache<DecodedSte> stes,
    ConfigurationCache<DecodedCd> cds,
    ConfigurationCache<PartIdMap> maps) {

  /** There are fewer VMs than streams. */
  private static final int MOST_MAPS = 16;

  /**
   * The caches of an SMMU.
   *
   * @param changes counts the changes of configuration
   */
  static Caches of(Store store, String name, Features features, ChangeCount changes) {
    Profile profile = features.profile();
    return sized(
        store,
        name,
        features,
        changes,
        profile.tlbEntries(),
        profile.walkEntries(),
        profile.steEntries(),
        profile.cdEntries());
  }

  /** Caches that keep nothing. */
  static Caches none(Store store, String name, Features features) {
    return sized(store, name, features, new ChangeCount(), 0, 0, 0, 0);
  }

  private static Caches sized(
      Store store,
      String name,
      Features features,
      ChangeCount changes,
      int tlb,
      int walk,
      int ste,
      int cd) {
    BbmLevel bbm = BbmLevel.of(features);
    return new Caches(
        bbm,
        new Tlb(store, name + ".tlb1", tlb, bbm.conflicts()),
        new Tlb(store, name + ".tlb2", tlb, bbm.conflicts()),
        new IntermediateTables(store, name + ".walk_cache", walk),
        new ConfigurationCache<>(
            store,
            name + ".ste_cache",
            ste,
            changes,
            DecodedSte[]::new,
            () -> new DecodedSte(features)),
        new ConfigurationCache<>(
            store,
            name + ".cd_cache",
            cd,
            changes,
            DecodedCd[]::new,
            () -> new DecodedCd(features)),
        new ConfigurationCache<>(
            store,
            name + ".map_cache",
            features.mapsPartIds() ? Math.min(MOST_MAPS, cd) : 0,
            changes,
            PartIdMap[]::new,
            PartIdMap::new));
  }

  /** These for configuration, and nothing for translations. */
  Caches ofConfiguration(Store store, String name, Features features) {
    Caches none = none(store, name, features);
    return new Caches(bbm, none.stage1, none.stage2, none.tables, stes, cds, maps);
  }

  /** Whether nothing is kept now. */
  boolean areEmpty() {
    return stage1.isEmpty()
        && stage2.isEmpty()
        && tables.isEmpty()
        && stes.isEmpty()
        && cds.isEmpty()
        && maps.isEmpty();
  }

  /** Whether configuration is kept at all; else each transaction fetches it. */
  boolean keepConfiguration() {
    return stes.exists() && cds.exists();
  }
}
