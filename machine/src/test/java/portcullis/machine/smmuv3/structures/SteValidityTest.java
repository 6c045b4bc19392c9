package portcullis.machine.smmuv3.structures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.function.IntConsumer;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import portcullis.arch.Field;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr1;
import portcullis.arch.smmu.Idr3;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;
import portcullis.machine.smmuv3.registers.Features;

/**
 * Which values of each STE field are ILLEGAL, by what the SMMU offers and by the fields that it
 * depends on (IHI 0070 5.2, 5.2.2). S2T0SZ and S2SL0 are in {@code Stage2SizeTest}.
 */
class SteValidityTest {
  private static final int ABORT = Ste.CONFIG_ABORT;
  private static final int BYPASS = Ste.CONFIG_BYPASS;
  private static final int S1 = Ste.CONFIG_S1;
  private static final int S2 = Ste.CONFIG_S2;
  private static final int NESTED = Ste.CONFIG_NESTED;
  private static final int[] CONFIGS = {ABORT, BYPASS, S1, S2, NESTED};

  private Profile profile = Profiles.complete();
  private DecodedSte ste;

  /** Everything at its simplest: legal whatever Config is. */
  @BeforeEach
  void simple() {
    ste = new DecodedSte(new Features(profile));
    set(Ste.V, 1);
    set(Ste.S2AA64, 1);
    set(Ste.S2T0SZ, 25);
    set(Ste.S2SL0, 1);
    set(Ste.S2PS, AddressSize.code(52));
  }

  private void offer(Register register, Field field, long value) {
    profile = profile.with(register, field, value);
    simple();
  }

  private void set(Field field, long value) {
    ste.word(field.word(), field.with(ste.word(field.word()), value));
  }

  private boolean legal() {
    return new SteValidity(new Features(profile)).legal(ste);
  }

  /** Tries every value of a field of at most 16 bits, and puts the old one back. */
  private void values(Field field, String where, LongPredicate legal) {
    long before = field.get(ste.word(field.word()));
    for (long value = 0; value < 1L << field.width(); value++) {
      set(field, value);
      assertEquals(legal.test(value), legal(), where + ": " + field.name() + " " + value);
    }
    set(field, before);
  }

  private static boolean stage1(int config) {
    return config == S1 || config == NESTED;
  }

  private static boolean stage2(int config) {
    return config == S2 || config == NESTED;
  }

  private void inEachConfig(IntConsumer test) {
    for (int config : CONFIGS) {
      simple();
      set(Ste.CONFIG, config);
      test.accept(config);
    }
  }

  @Test
  void validBit() {
    inEachConfig(config -> values(Ste.V, "Config " + config, value -> value == 1));
  }

  @Test
  void stagesThatAreNotThere() {
    values(Ste.CONFIG, "both", config -> true);
    profile = Profiles.BASIC.withoutStage1();
    simple();
    values(Ste.CONFIG, "no stage 1", config -> (config & 0b101) != 0b101);
    profile = Profiles.BASIC.withoutStage2();
    simple();
    values(Ste.CONFIG, "no stage 2", config -> (config & 0b110) != 0b110);
  }

  @Test
  void contextTableShape() {
    for (int most : new int[] {0, 1, 16}) {
      for (int twoLevel = 0; twoLevel < 2; twoLevel++) {
        offer(Register.IDR1, Idr1.SSIDSIZE, most);
        offer(Register.IDR0, Idr0.CD2L, twoLevel);
        boolean levels = twoLevel != 0;
        inEachConfig(
            config -> {
              String where = "SSIDSIZE %d CD2L %s Config %d".formatted(most, levels, config);
              boolean counts = stage1(config) && most != 0;
              values(Ste.S1CDMAX, where, value -> !counts || value <= most);
              values(Ste.S1FMT, where + " S1CDMax 0", value -> true);
              values(Ste.S1DSS, where, value -> true);
              set(Ste.S1CDMAX, 1);
              values(
                  Ste.S1FMT,
                  where + " S1CDMax 1",
                  value -> !counts || levels || value == 0 || value == 3);
            });
      }
    }
  }

  @Test
  void contextPointerBeyondTheOutputSize() {
    for (int bits : new int[] {36, 40, 48, 52}) {
      profile =
          Profiles.complete()
              .with(Register.IDR0, Idr0.TTF, Idr0.TTF_AARCH32_64)
              .with(Register.IDR5, Idr5.VAX, 0)
              .with(Register.IDR5, Idr5.OAS, AddressSize.code(bits));
      inEachConfig(
          config -> {
            for (int bit = 6; bit < 52; bit++) {
              set(Ste.S1CONTEXTPTR, 1L << (bit - 6));
              // An IPA has 40 bits at least, as there are VMSAv8-32 tables (3.4).
              boolean legal = !stage1(config) || bit < (stage2(config) ? Math.max(40, bits) : bits);
              // The base of stage 2 is zero: only this address matters.
              assertEquals(legal || config == ABORT, legal(), bits + " bits, bit " + bit);
            }
          });
    }
  }

  /** IHI 0070 5.5: 0b00 both, 0b01 terminate only, 0b10 stalls forced. */
  @Test
  void stalls() {
    for (int model = 0; model < 3; model++) {
      int stallModel = model;
      profile = Profiles.stalling(model, model == 1 ? 0 : 8);
      inEachConfig(
          config -> {
            String where = "STALL_MODEL " + stallModel + " Config " + config;
            set(Ste.S2S, stallModel == 2 ? 1 : 0);
            values(Ste.S1STALLD, where, value -> !stage1(config) || value == 0 || stallModel == 0);
            values(
                Ste.S2S,
                where,
                value -> !stage2(config) || stallModel == 0 || value == (stallModel == 2 ? 1 : 0));
            values(Ste.S2R, where, value -> true);
          });
    }
  }

  @Test
  void ats() {
    for (int ats = 0; ats < 2; ats++) {
      for (int oneStage = 0; oneStage <= ats; oneStage++) {
        boolean has = ats == 1;
        boolean split = oneStage == 0;
        profile =
            new Profile(
                "ats",
                Profiles.ats()
                    .ids()
                    .with(Register.IDR0, Idr0.PRI, has ? 1 : 0)
                    .with(Register.IDR0, Idr0.ATSRECERR, 0)
                    .with(Register.IDR0, Idr0.ATS, ats)
                    .with(Register.IDR0, Idr0.NS1ATS, oneStage)
                    .with(Register.IDR0, Idr0.STALL_MODEL, 0)
                    .with(Register.IDR5, Idr5.STALL_MAX, 8),
                Profile.GENERIC.caches());
        for (int s2s = 0; s2s < 2; s2s++) {
          int stalls = s2s;
          inEachConfig(
              config -> {
                set(Ste.S2S, stalls);
                boolean translates = stage1(config) || stage2(config);
                values(
                    Ste.EATS,
                    "ATS %s NS1ATS %s Config %d S2S %d".formatted(has, !split, config, stalls),
                    value -> {
                      if (!has || !translates) {
                        return true;
                      }
                      return switch ((int) value) {
                        case 1 -> !(stage2(config) && stalls == 1);
                        case 2 -> config == NESTED && stalls == 0 && split;
                        default -> true;
                      };
                    });
              });
        }
      }
    }
  }

  @Test
  void streamWorld() {
    inEachConfig(
        config -> values(Ste.STRW, "Config " + config, value -> config != S1 || (value & 1) == 0));
    profile = Profiles.BASIC;
    inEachConfig(config -> values(Ste.STRW, "no HYP", value -> true));
  }

  @Test
  void vmid() {
    for (int wide = 0; wide < 2; wide++) {
      offer(Register.IDR0, Idr0.VMID16, wide);
      boolean any = wide == 1;
      inEachConfig(
          config -> {
            boolean translates = stage1(config) || stage2(config);
            values(Ste.S2VMID, "VMID16 " + any, value -> any || !translates || value <= 0xff);
          });
      set(Ste.CONFIG, S1);
      set(Ste.STRW, Ste.STRW_EL2);
      values(Ste.S2VMID, "EL2", value -> true);
    }
    profile = Profiles.BASIC.withoutStage2().with(Register.IDR0, Idr0.VMID16, 0);
    simple();
    set(Ste.CONFIG, S1);
    values(Ste.S2VMID, "no stage 2", value -> true);
  }

  @Test
  void granule() {
    Field[] offers = {Idr5.GRAN4K, Idr5.GRAN64K, Idr5.GRAN16K};
    for (int missing = 0; missing < offers.length; missing++) {
      profile =
          Profiles.complete()
              .with(Register.IDR0, Idr0.TTF, Idr0.TTF_AARCH64)
              .with(Register.IDR5, Idr5.VAX, 0)
              .withOutputSize(48);
      offer(Register.IDR5, offers[missing], 0);
      int lacks = missing;
      inEachConfig(
          config ->
              values(
                  Ste.S2TG,
                  "without " + offers[lacks].name() + " Config " + config,
                  value -> !stage2(config) || (value != lacks && value != 3)));
    }
  }

  /** 5.2 S2AA64: what TTF offers. */
  @Test
  void tableFormat() {
    for (int ttf = 1; ttf < 4; ttf++) {
      offer(Register.IDR0, Idr0.TTF, ttf);
      int offered = ttf;
      inEachConfig(
          config -> {
            set(Ste.S2T0SZ, 24);
            values(
                Ste.S2AA64,
                "TTF %d Config %d".formatted(offered, config),
                value -> !stage2(config) || (offered & (value == 1 ? 2 : 1)) != 0);
          });
    }
  }

  /** 5.2: with VMSAv8-32 tables S2FWB, S2HA and S2HD are ILLEGAL; S2TG and S2PS do not matter. */
  @Test
  void fieldsOfVmsav832() {
    offer(Register.IDR0, Idr0.TTF, Idr0.TTF_AARCH32_64);
    inEachConfig(
        config -> {
          set(Ste.S2AA64, 0);
          set(Ste.S2T0SZ, 0);
          String where = "Config " + config;
          values(Ste.S2FWB, where, value -> !stage2(config) || value == 0);
          values(Ste.S2HA, where, value -> !stage2(config) || value == 0);
          values(Ste.S2HD, where, value -> !stage2(config) || value == 0);
          values(Ste.S2TG, where, value -> true);
          values(Ste.S2PS, where, value -> true);
          for (int bit = 4; bit < 52; bit++) {
            set(Ste.S2TTB, 1L << (bit - 4));
            assertEquals(!stage2(config) || bit < 40, legal(), where + " S2TTB bit " + bit);
          }
        });
  }

  @Test
  void endianness() {
    for (int endianness : new int[] {0b00, 0b10, 0b11}) {
      offer(Register.IDR0, Idr0.TTENDIAN, endianness);
      inEachConfig(
          config -> {
            boolean counts = stage2(config);
            set(Ste.S2ENDI, endianness == 0b11 ? 1 : 0);
            values(
                Ste.S2ENDI,
                "TTENDIAN " + endianness + " Config " + config,
                value -> !counts || endianness == 0 || value == (endianness == 0b11 ? 1 : 0));
          });
    }
  }

  @Test
  void hardwareUpdates() {
    for (int httu = 0; httu < 3; httu++) {
      offer(Register.IDR0, Idr0.HTTU, httu);
      int level = httu;
      inEachConfig(
          config -> {
            String where = "HTTU " + level + " Config " + config;
            boolean counts = stage2(config);
            values(Ste.S2HA, where, value -> !counts || value == 0 || level >= 1);
            values(Ste.S2HD, where, value -> !counts || value == 0 || level >= 2);
          });
    }
  }

  /** S2TTB is below the effective S2PS, and below 48 bits for granules of less than 64KB. */
  @Test
  void tableBase() {
    for (Granule granule : Granule.values()) {
      for (int code = 0; code < 8; code++) {
        int size = Math.min(AddressSize.bits(code), granule == Granule.SIZE_64K ? 52 : 48);
        int ps = code;
        inEachConfig(
            config -> {
              set(Ste.S2TG, granule.tgStage2());
              set(Ste.S2PS, ps);
              for (int bit = 4; bit < 52; bit++) {
                set(Ste.S2TTB, 1L << (bit - 4));
                assertEquals(
                    !stage2(config) || bit < size,
                    legal(),
                    "%s S2PS %d bit %d Config %d".formatted(granule, ps, bit, config));
              }
            });
      }
    }
  }

  /** What says nothing about legality: any value, whatever else is offered. */
  @Test
  void fieldsThatAreNeverIllegal() {
    Field[] free = {
      Ste.S2AFFD, Ste.S2PTW, Ste.S2FWB, Ste.MTCFG, Ste.MEMATTR, Ste.ALLOCCFG, Ste.SHCFG, Ste.NSCFG,
      Ste.PRIVCFG, Ste.INSTCFG, Ste.MEV, Ste.CONT, Ste.S1CIR, Ste.S1COR, Ste.S1CSH, Ste.S2IR0,
      Ste.S2OR0, Ste.S2SH0, Ste.SW_RESERVED, Ste.PPAR, Ste.DCP, Ste.DRE
    };
    for (Profile each : new Profile[] {Profiles.complete(), Profiles.BASIC}) {
      profile = each;
      inEachConfig(
          config -> {
            set(Ste.S2PS, AddressSize.code(48));
            for (Field field : free) {
              values(field, each.name() + " Config " + config, value -> true);
            }
          });
    }
    assertFalse(Idr3.FWB.isSet(Profiles.BASIC.idr3()), "one of the two lacks it");
  }
}
