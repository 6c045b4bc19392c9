package portcullis.machine.smmuv3.structures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.LongPredicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Idr0;
import portcullis.arch.smmu.Idr5;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.vmsa.AddressSize;
import portcullis.arch.vmsa.Granule;
import portcullis.machine.smmuv3.caches.StreamWorld;
import portcullis.machine.smmuv3.profile.Profile;
import portcullis.machine.smmuv3.profile.Profiles;
import portcullis.machine.smmuv3.registers.Features;

/**
 * Which values of each CD field are ILLEGAL, by what the SMMU offers, by the STE, and by the fields
 * that it depends on (IHI 0070 5.4, 5.4.2). The limits of T0SZ are in {@code TableFormatTest}.
 */
class CdValidityTest {
  private Profile profile = Profiles.complete();
  private DecodedSte ste;
  private DecodedCd cd;

  @BeforeEach
  void simple() {
    stream(StreamWorld.EL1);
    cd = new DecodedCd(new Features(profile));
    set(Cd.V, 1);
    set(Cd.AA64, 1);
    set(Cd.A, 1);
    set(Cd.T0SZ, 25);
    set(Cd.T1SZ, 25);
    set(Cd.TG1, Granule.SIZE_4K.tg1());
    set(Cd.IPS, AddressSize.code(52));
  }

  private void stream(StreamWorld world) {
    ste = new DecodedSte(new Features(profile));
    ste.word(0, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_S1));
    ste.word(1, Ste.STRW.of(world == StreamWorld.EL1 ? Ste.STRW_EL1 : Ste.STRW_EL2));
    ste.complete(true);
    ste.settle(world == StreamWorld.EL2_E2H);
    assertEquals(world, ste.world);
  }

  private void offer(Register register, Field field, long value) {
    profile = profile.with(register, field, value);
    simple();
  }

  private void set(Field field, long value) {
    cd.word(field.word(), field.with(cd.word(field.word()), value));
  }

  private boolean legal() {
    return new CdValidity(new Features(profile)).legal(ste, cd);
  }

  private void values(Field field, String where, LongPredicate legal) {
    long before = field.get(cd.word(field.word()));
    for (long value = 0; value < 1L << field.width(); value++) {
      set(field, value);
      assertEquals(legal.test(value), legal(), where + ": " + field.name() + " " + value);
    }
    set(field, before);
  }

  @Test
  void validBit() {
    values(Cd.V, "", value -> value == 1);
  }

  /** 5.4 AA64: what TTF offers; no VMSAv8-32 for EL2-E2H, no VMSAv8-64 over its stage 2. */
  @Test
  void tableFormat() {
    for (int ttf = 1; ttf < 4; ttf++) {
      offer(Register.IDR0, Idr0.TTF, ttf);
      boolean lpae = (ttf & 1) != 0;
      boolean aarch64 = (ttf & 2) != 0;
      for (StreamWorld world : StreamWorld.values()) {
        stream(world);
        values(
            Cd.AA64,
            "TTF %d %s".formatted(ttf, world),
            value -> value == 1 ? aarch64 : lpae && world != StreamWorld.EL2_E2H);
      }
      for (int below = 0; below < 2; below++) {
        nested(below);
        boolean belowIs32 = below == 0;
        values(
            Cd.AA64,
            "TTF %d S2AA64 %d".formatted(ttf, below),
            value -> value == 1 ? aarch64 && !belowIs32 : lpae);
      }
    }
  }

  private void nested(int aarch64) {
    ste = new DecodedSte(new Features(profile));
    ste.word(0, Ste.V.of(1) | Ste.CONFIG.of(Ste.CONFIG_NESTED));
    ste.word(2, Ste.S2AA64.of(aarch64) | Ste.S2T0SZ.of(25) | Ste.S2SL0.of(1));
    ste.complete(true);
    ste.settle(false);
  }

  /** 5.4: with VMSAv8-32 tables any size will do, and HA, HD, TGx and IPS are IGNORED. */
  @Test
  void fieldsOfVmsav832() {
    profile = profile.with(Register.IDR0, Idr0.TTF, Idr0.TTF_AARCH32_64);
    offer(Register.IDR0, Idr0.HTTU, 0);
    set(Cd.AA64, 0);
    for (Field field :
        new Field[] {
          Cd.T0SZ, Cd.T1SZ, Cd.TG0, Cd.TG1, Cd.IPS, Cd.HA, Cd.HD, Cd.UWXN, Cd.TBI0, Cd.E0PD0
        }) {
      values(field, "AA64 0", value -> true);
    }
    for (int bits : new int[] {36, 40, 48}) {
      profile = profile.with(Register.IDR5, Idr5.VAX, 0).withOutputSize(bits);
      for (boolean ofIpas : new boolean[] {false, true}) {
        simple();
        set(Cd.AA64, 0);
        if (ofIpas) {
          nested(1);
        }
        int size = ofIpas ? 40 : Math.min(40, bits);
        for (Field base : new Field[] {Cd.TTB0, Cd.TTB1}) {
          for (int bit = 4; bit < 52; bit++) {
            set(base, 1L << (bit - 4));
            assertEquals(bit < size, legal(), "OAS %d %s bit %d".formatted(bits, base, bit));
          }
          set(base, 0);
        }
      }
    }
  }

  /** IHI 0070 5.5. */
  @Test
  void faults() {
    for (int model = 0; model < 3; model++) {
      for (int disabled = 0; disabled <= (model == 0 ? 1 : 0); disabled++) {
        profile = Profiles.stalling(model, model == 1 ? 0 : 8);
        simple();
        ste.word(1, Ste.S1STALLD.with(ste.word(1), disabled));
        int stallModel = model;
        boolean may = disabled == 0;
        values(
            Cd.S,
            "STALL_MODEL " + model + " S1STALLD " + disabled,
            value ->
                switch (stallModel) {
                  case 0 -> value == 0 || may;
                  case 1 -> value == 0;
                  default -> value == 1;
                });
        set(Cd.S, model == 2 ? 1 : 0);
        values(Cd.R, "", value -> true);
        values(Cd.A, "RAZ/WI is offered", value -> true);
      }
    }
    profile = Profiles.plain();
    simple();
    values(Cd.A, "TERM_MODEL 1", value -> value == 1);
  }

  @Test
  void endianness() {
    for (int offered : new int[] {0b00, 0b10, 0b11}) {
      offer(Register.IDR0, Idr0.TTENDIAN, offered);
      for (int disabled = 0; disabled < 4; disabled++) {
        set(Cd.EPD0, disabled & 1);
        set(Cd.EPD1, disabled >> 1);
        boolean ignored = disabled == 3;
        values(
            Cd.ENDI,
            "TTENDIAN " + offered + " EPD " + disabled,
            value -> ignored || offered == 0 || value == (offered == 0b11 ? 1 : 0));
      }
    }
  }

  @Test
  void hardwareUpdates() {
    for (int httu = 0; httu < 3; httu++) {
      offer(Register.IDR0, Idr0.HTTU, httu);
      int level = httu;
      values(Cd.HA, "HTTU " + httu, value -> value == 0 || level >= 1);
      values(Cd.HD, "HTTU " + httu, value -> value == 0 || level >= 2);
    }
  }

  @Test
  void asid() {
    for (int wide = 0; wide < 2; wide++) {
      offer(Register.IDR0, Idr0.ASID16, wide);
      boolean any = wide == 1;
      for (StreamWorld world : StreamWorld.values()) {
        stream(world);
        boolean counts = world != StreamWorld.EL2;
        values(Cd.ASID, "ASID16 " + any + " " + world, value -> any || !counts || value <= 0xff);
      }
    }
  }

  /** 5.4.1.1: of a half that is not walked nothing is checked; EL2 has one half, always walked. */
  @Test
  void halvesAreCheckedWhereTheyAreWalked() {
    for (StreamWorld world : StreamWorld.values()) {
      stream(world);
      for (int disabled = 0; disabled < 4; disabled++) {
        boolean one = world == StreamWorld.EL2;
        boolean walks0 = one || (disabled & 1) == 0;
        boolean walks1 = !one && (disabled & 2) == 0;
        set(Cd.EPD0, disabled & 1);
        set(Cd.EPD1, disabled >> 1);
        String where = world + " EPD " + disabled;
        values(Cd.TG0, where, value -> !walks0 || value != 3);
        values(Cd.TG1, where, value -> !walks1 || value != 0);
        values(Cd.T0SZ, where, value -> !walks0 || (value >= 16 && value <= 48));
        values(Cd.T1SZ, where, value -> !walks1 || (value >= 16 && value <= 48));
        set(Cd.TTB0, 1L << (48 - 4));
        assertEquals(!walks0, legal(), where + " TTB0");
        set(Cd.TTB0, 0);
        set(Cd.TTB1, 1L << (48 - 4));
        assertEquals(!walks1, legal(), where + " TTB1");
        set(Cd.TTB1, 0);
      }
    }
  }

  @Test
  void granules() {
    Field[] offers = {Idr5.GRAN4K, Idr5.GRAN64K, Idr5.GRAN16K};
    int[] ofTg1 = {0b10, 0b11, 0b01};
    for (int missing = 0; missing < offers.length; missing++) {
      profile =
          Profiles.complete()
              .with(Register.IDR0, Idr0.TTF, Idr0.TTF_AARCH64)
              .with(Register.IDR5, Idr5.VAX, 0)
              .withOutputSize(48);
      offer(Register.IDR5, offers[missing], 0);
      int lacks = missing;
      set(Cd.EPD1, 1);
      values(Cd.TG0, "without " + offers[missing].name(), value -> value != lacks && value != 3);
      set(Cd.EPD1, 0);
      set(Cd.EPD0, 1);
      values(
          Cd.TG1,
          "without " + offers[missing].name(),
          value -> value != ofTg1[lacks] && value != 0);
    }
  }

  /** TTB0 and TTB1 are below the effective IPS, and below 48 bits with less than 64KB. */
  @Test
  void tableBases() {
    for (Granule granule : Granule.values()) {
      set(Cd.TG0, granule.tgStage1());
      set(Cd.TG1, granule.tg1());
      for (int code = 0; code < 8; code++) {
        set(Cd.IPS, code);
        int size = Math.min(AddressSize.bits(code), granule == Granule.SIZE_64K ? 52 : 48);
        for (Field base : new Field[] {Cd.TTB0, Cd.TTB1}) {
          for (int bit = 4; bit < 52; bit++) {
            set(base, 1L << (bit - 4));
            assertEquals(
                bit < size, legal(), "%s IPS %d %s bit %d".formatted(granule, code, base, bit));
          }
          set(base, 0);
        }
      }
    }
  }

  @Test
  void fieldsThatAreNeverIllegal() {
    for (Field field :
        new Field[] {
          Cd.AFFD, Cd.WXN, Cd.UWXN, Cd.TBI0, Cd.TBI1, Cd.PAN, Cd.ASET, Cd.HAD0, Cd.HAD1, Cd.E0PD0,
          Cd.E0PD1, Cd.NSCFG0, Cd.NSCFG1, Cd.IR0, Cd.OR0, Cd.SH0, Cd.IR1, Cd.OR1, Cd.SH1, Cd.IPS
        }) {
      values(field, "", value -> true);
    }
  }
}
