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
    return new Caches(
        BbmLevel.of(features),
        tlb(store, name + ".tlb1", features, profile.tlbEntries()),
        tlb(store, name + ".tlb2", features, profile.tlbEntries()),
        new IntermediateTables(store, name + ".walk_cache", profile.walkEntries()),
        stes(store, name, features, changes, profile.steEntries()),
        cds(store, name, features, changes, profile.cdEntries()),
        maps(
            store,
            name,
            changes,
            features.mapsPartIds() ? Math.min(MOST_MAPS, profile.cdEntries()) : 0));
  }

  /** Caches that keep nothing. */
  static Caches none(Store store, String name, Features features) {
    ChangeCount changes = new ChangeCount();
    return new Caches(
        BbmLevel.of(features),
        tlb(store, name + ".tlb1", features, 0),
        tlb(store, name + ".tlb2", features, 0),
        new IntermediateTables(store, name + ".walk_cache", 0),
        stes(store, name, features, changes, 0),
        cds(store, name, features, changes, 0),
        maps(store, name, changes, 0));
  }

  /** These for configuration, and nothing for translations. */
  Caches ofConfiguration(Store store, String name, Features features) {
    Caches none = none(store, name, features);
    return new Caches(bbm, none.stage1, none.stage2, none.tables, stes, cds, maps);
  }

  private static Tlb tlb(Store store, String name, Features features, int capacity) {
    return new Tlb(store, name, capacity, BbmLevel.of(features).conflicts());
  }

  private static ConfigurationCache<DecodedSte> stes(
      Store store, String name, Features features, ChangeCount changes, int capacity) {
    return new ConfigurationCache<>(
        store,
        name + ".ste_cache",
        capacity,
        changes,
        DecodedSte[]::new,
        () -> new DecodedSte(features));
  }

  private static ConfigurationCache<DecodedCd> cds(
      Store store, String name, Features features, ChangeCount changes, int capacity) {
    return new ConfigurationCache<>(
        store,
        name + ".cd_cache",
        capacity,
        changes,
        DecodedCd[]::new,
        () -> new DecodedCd(features));
  }

  private static ConfigurationCache<PartIdMap> maps(
      Store store, String name, ChangeCount changes, int capacity) {
    return new ConfigurationCache<>(
        store, name + ".map_cache", capacity, changes, PartIdMap[]::new, PartIdMap::new);
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
