package portcullis.diff;

import portcullis.arch.Field;
import portcullis.arch.smmu.Cd;
import portcullis.arch.smmu.Cfgi;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.Sync;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.machine.Bus;
import portcullis.machine.MemoryHistory;

/** Faults of a model, each made on the wires between it and what it reads, is told and writes. */
enum PlantedFault {
  /** Stage 1 takes read-only for writable, and the other way round. */
  STAGE_1_WRITE_PERMISSION_SWAPPED(
      new Wire() {
        @Override
        long stage1(long descriptor) {
          return descriptor ^ (Stage1Descriptor.AP.mask() & 1L << 7);
        }
      }),

  /** Stage 2 takes the read permission for the write permission. */
  STAGE_2_PERMISSIONS_SWAPPED(
      new Wire() {
        @Override
        long stage2(long descriptor) {
          long s2ap = Stage2Descriptor.S2AP.get(descriptor);
          return Stage2Descriptor.S2AP.with(descriptor, (s2ap & 1) << 1 | s2ap >>> 1);
        }
      }),

  /** The Access flag of stage 2 is not looked at. */
  STAGE_2_ACCESS_FLAG_IGNORED(
      new Wire() {
        @Override
        long stage2(long descriptor) {
          return descriptor | Stage2Descriptor.AF.mask();
        }
      }),

  /** TLBI_S12_VMALL and TLBI_NH_ALL reach another VMID than they say. */
  VMID_MISSED(
      new Wire() {
        @Override
        long command0(Opcode opcode, long word) {
          return opcode == Opcode.TLBI_S12_VMALL || opcode == Opcode.TLBI_NH_ALL
              ? flip(Tlbi.VMID, word)
              : word;
        }
      }),

  /** TLBI_NH_ASID and TLBI_NH_VA reach another ASID than they say. */
  ASID_MISSED(
      new Wire() {
        @Override
        long command0(Opcode opcode, long word) {
          return opcode == Opcode.TLBI_NH_ASID || opcode == Opcode.TLBI_NH_VA
              ? flip(Tlbi.ASID, word)
              : word;
        }
      }),

  /** A stage-2 TLB entry survives TLBI_S2_IPA. */
  ENTRY_SURVIVES_S2_IPA(
      new Wire() {
        @Override
        long command0(Opcode opcode, long word) {
          return opcode == Opcode.TLBI_S2_IPA ? Command.OPCODE.of(Opcode.SYNC.code()) : word;
        }
      }),

  /** A range is taken for its first unit. */
  RANGE_TOO_SHORT(
      new Wire() {
        @Override
        long command0(Opcode opcode, long word) {
          boolean ranged = opcode == Opcode.TLBI_NH_VA || opcode == Opcode.TLBI_NH_VAA;
          return ranged && Tlbi.NUM.get(word) > 1
              ? Tlbi.SCALE.with(Tlbi.NUM.with(word, 1), 0)
              : word;
        }
      }),

  /** A CD survives CFGI_CD and CFGI_CD_ALL. */
  CD_SURVIVES(
      new Wire() {
        @Override
        long command0(Opcode opcode, long word) {
          return opcode == Opcode.CFGI_CD || opcode == Opcode.CFGI_CD_ALL
              ? Command.OPCODE.of(Opcode.SYNC.code())
              : word;
        }
      }),

  /** A translation fault of the input address says that it is one of the CD. */
  FAULT_CLASS_WRONG(
      new Wire() {
        @Override
        long event(EventType type, int index, long word) {
          return index == 1
                  && type == EventType.F_TRANSLATION
                  && Event.CLASS.get(word) == Event.CLASS_IN
              ? Event.CLASS.with(word, Event.CLASS_CD)
              : word;
        }
      }),

  /** A stage-2 fault tells the next page. */
  FAULT_IPA_WRONG(
      new Wire() {
        @Override
        long event(EventType type, int index, long word) {
          boolean has = type == EventType.F_TRANSLATION || type == EventType.F_PERMISSION;
          return index == 3 && has && word != 0 ? word + 0x1000 : word;
        }
      }),

  /** The last page of the IPA range that S2T0SZ gives is twice as far. */
  STAGE_2_INPUT_SIZE_OFF_BY_ONE(
      new Wire() {
        @Override
        long ste(int index, long word) {
          return index == Ste.S2T0SZ.word() && Ste.S2T0SZ.get(word) > 16
              ? Ste.S2T0SZ.with(word, Ste.S2T0SZ.get(word) - 1)
              : word;
        }
      }),

  /** The Access flag of stage 1 is not looked at. */
  STAGE_1_ACCESS_FLAG_IGNORED(
      new Wire() {
        @Override
        long stage1(long descriptor) {
          return descriptor | Stage1Descriptor.AF.mask();
        }
      }),

  /** A read-only block of stage 1 is writable; a page is not. */
  STAGE_1_BLOCK_WRITABLE(
      new Wire() {
        @Override
        long stage1(long descriptor) {
          return block(descriptor) ? descriptor & ~(1L << 7) : descriptor;
        }
      }),

  /** A block of stage 2 cannot be written; a page can. */
  STAGE_2_BLOCK_READ_ONLY(
      new Wire() {
        @Override
        long stage2(long descriptor) {
          return block(descriptor) && Stage2Descriptor.S2AP.get(descriptor) == 0b11
              ? Stage2Descriptor.S2AP.with(descriptor, Stage2Descriptor.S2AP_RO)
              : descriptor;
        }
      }),

  /** A stage-1 block is read as invalid. */
  STAGE_1_BLOCK_INVALID(
      new Wire() {
        @Override
        long stage1(long descriptor) {
          return block(descriptor) ? 0 : descriptor;
        }
      }),

  /** APTable[1] does not forbid writes. */
  TABLE_PERMISSION_IGNORED(
      new Wire() {
        @Override
        long stage1(long descriptor) {
          return descriptor & ~(1L << 62);
        }
      }),

  /** CD.HAD0 and HAD1 are not looked at. */
  HIERARCHY_NOT_DISABLED(
      new Wire() {
        @Override
        long cd(int index, long word) {
          long had = index == Cd.HAD0.word() ? Cd.HAD0.mask() : 0;
          return word & ~(had | (index == Cd.HAD1.word() ? Cd.HAD1.mask() : 0));
        }
      }),

  /** CD.IPS is as large as can be: no address is beyond it. */
  STAGE_1_OUTPUT_SIZE_IGNORED(
      new Wire() {
        @Override
        long cd(int index, long word) {
          return index == Cd.IPS.word() ? Cd.IPS.with(word, 5) : word;
        }
      }),

  /** STE.S2PS is as large as can be. */
  STAGE_2_OUTPUT_SIZE_IGNORED(
      new Wire() {
        @Override
        long ste(int index, long word) {
          return index == Ste.S2PS.word() ? Ste.S2PS.with(word, 5) : word;
        }
      }),

  /** CD.R is not looked at: faults of stage 1 are recorded. */
  CD_R_IGNORED(
      new Wire() {
        @Override
        long cd(int index, long word) {
          return index == Cd.R.word() ? word | Cd.R.mask() : word;
        }
      }),

  /** STE.S2R is not looked at: faults of stage 2 are recorded. */
  S2R_IGNORED(
      new Wire() {
        @Override
        long ste(int index, long word) {
          return index == Ste.S2R.word() ? word | Ste.S2R.mask() : word;
        }
      }),

  /** CD.EPD0 and EPD1 are not looked at. */
  DISABLED_HALF_USED(
      new Wire() {
        @Override
        long cd(int index, long word) {
          return index == Cd.EPD0.word() ? word & ~(Cd.EPD0.mask() | Cd.EPD1.mask()) : word;
        }
      }),

  /** CD.TBI0 is not looked at. */
  TOP_BYTE_NOT_IGNORED(
      new Wire() {
        @Override
        long cd(int index, long word) {
          return index == Cd.TBI0.word() ? word & ~Cd.TBI0.mask() : word;
        }
      }),

  /** A record of a stage-2 fault does not have S2 set. */
  STAGE_OF_FAULT_LOST(
      new Wire() {
        @Override
        long event(EventType type, int index, long word) {
          return index == Event.S2.word() && type == EventType.F_TRANSLATION
              ? word & ~Event.S2.mask()
              : word;
        }
      }),

  /** F_ACCESS has RnW the other way round. */
  DIRECTION_OF_FAULT_WRONG(
      new Wire() {
        @Override
        long event(EventType type, int index, long word) {
          return index == Event.RNW.word() && type == EventType.F_ACCESS
              ? word ^ Event.RNW.mask()
              : word;
        }
      }),

  /** An STE survives CFGI_STE. */
  STE_SURVIVES(
      new Wire() {
        @Override
        long command0(Opcode opcode, long word) {
          return opcode == Opcode.CFGI_STE && Cfgi.SSEC.get(word) == 0
              ? Command.OPCODE.of(Opcode.SYNC.code())
              : word;
        }
      }),

  /** CFGI_STE_RANGE reaches half of its range. */
  STREAM_RANGE_TOO_SHORT(
      new Wire() {
        @Override
        long command1(Opcode opcode, long word) {
          return opcode == Opcode.CFGI_STE_RANGE && Cfgi.RANGE.get(word) > 0
              ? Cfgi.RANGE.with(word, Cfgi.RANGE.get(word) == 31 ? 3 : Cfgi.RANGE.get(word) - 1)
              : word;
        }
      }),

  /** TLBI_NH_VA and TLBI_NH_VAA take the next page's address. */
  ADDRESS_MISSED(
      new Wire() {
        @Override
        long command1(Opcode opcode, long word) {
          return opcode == Opcode.TLBI_NH_VA || opcode == Opcode.TLBI_NH_VAA
              ? word ^ 1L << 16
              : word;
        }
      }),

  /** A TTL of 3 is taken for 2: a page's entry survives. */
  LEVEL_MISSED(
      new Wire() {
        @Override
        long command1(Opcode opcode, long word) {
          boolean byAddress = opcode == Opcode.TLBI_NH_VA || opcode == Opcode.TLBI_S2_IPA;
          return byAddress && Tlbi.TTL.get(word) == 3 ? Tlbi.TTL.with(word, 2) : word;
        }
      }),

  /** A table larger than 4KB is read as if each 4KB of it were its first. */
  TABLE_CUT(
      new Wire() {
        @Override
        long fetchAddress(long pa) {
          return pa >= Window.STAGE_1 && pa < Window.STAGE_1_END ? pa & ~0x1000L : pa;
        }
      }),

  /** CFGI_STE and CFGI_CD reach the even one of two neighbouring streams only. */
  NEIGHBOUR_KEPT(
      new Wire() {
        @Override
        long command0(Opcode opcode, long word) {
          return switch (opcode) {
            case CFGI_STE, CFGI_CD, CFGI_CD_ALL ->
                Cfgi.STREAMID.with(word, Cfgi.STREAMID.get(word) & ~1L);
            default -> word;
          };
        }
      }),

  /** The third CD's ASID is taken for the first one's. */
  ASID_OF_ANOTHER_STREAM(
      new Wire() {
        @Override
        long context(Bus memory, int which, int index, long word) {
          return which == 2 && index == Cd.ASID.word()
              ? Cd.ASID.with(word, Cd.ASID.get(memory.read(Window.CONTEXTS, Long.BYTES)))
              : word;
        }
      }),

  /** A CMD_SYNC that is to signal does not. */
  SYNC_SILENT(
      new Wire() {
        @Override
        long command0(Opcode opcode, long word) {
          return opcode == Opcode.SYNC && Sync.CS.get(word) == 1 ? Sync.CS.with(word, 0) : word;
        }
      }),

  /** A write of GERRORN does not end an error: the queue stays stopped. */
  ACKNOWLEDGEMENT_LOST(
      new Wire() {
        @Override
        long registerWrite(int offset, long value) {
          return offset == Register.GERRORN.offset() ? 0 : value;
        }
      });

  private final Wire wire;

  PlantedFault(Wire wire) {
    this.wire = wire;
  }

  Wiring wiring() {
    return wire;
  }

  private static final int COMMAND_BYTES = 16;

  private static boolean block(long descriptor) {
    return (descriptor & 0b11) == 0b01;
  }

  private static long flip(Field field, long word) {
    return field.with(word, field.get(word) ^ 1);
  }

  /** Changes words on their way, by the region that they come from or go to. */
  private static class Wire extends Wiring {
    long stage1(long descriptor) {
      return descriptor;
    }

    long stage2(long descriptor) {
      return descriptor;
    }

    long ste(int index, long word) {
      return word;
    }

    long cd(int index, long word) {
      return word;
    }

    /** A word of the CD that is the n-th of a case. */
    long context(Bus memory, int which, int index, long word) {
      return cd(index, word);
    }

    /** The first word of a command. */
    long command0(Opcode opcode, long word) {
      return word;
    }

    /** The second word of a command. */
    long command1(Opcode opcode, long word) {
      return word;
    }

    /** Where a read goes. */
    long fetchAddress(long pa) {
      return pa;
    }

    long event(EventType type, int index, long word) {
      return word;
    }

    private long read(Bus memory, long pa, long word) {
      if (pa >= Window.STAGE_1 && pa < Window.STAGE_1_END) {
        return stage1(word);
      }
      if (pa >= Window.STAGE_2 && pa < Window.STAGE_2_END) {
        return stage2(word);
      }
      if (pa >= Window.STREAM_TABLE && pa < Window.STREAM_TABLE_END) {
        return ste((int) (pa % Ste.BYTES / Long.BYTES), word);
      }
      return pa >= Window.CONTEXTS && pa < Window.CONTEXTS_END
          ? context(
              memory,
              (int) ((pa - Window.CONTEXTS) / Cd.BYTES),
              (int) (pa % Cd.BYTES / Long.BYTES),
              word)
          : word;
    }

    private long command(Bus memory, long pa, long word) {
      boolean first = pa % COMMAND_BYTES == 0;
      long word0 = first ? word : memory.read(pa - Long.BYTES, Long.BYTES);
      Opcode opcode = Opcode.of((int) Command.OPCODE.get(word0));
      return opcode == null ? word : first ? command0(opcode, word) : command1(opcode, word);
    }

    @Override
    Bus bus(Bus memory) {
      return new Bus() {
        @Override
        public MemoryHistory history() {
          return memory.history();
        }

        private EventType type;

        @Override
        public boolean responds(long pa) {
          return memory.responds(pa);
        }

        @Override
        public long read(long pa, int bytes) {
          long word = memory.read(fetchAddress(pa), bytes);
          if (bytes != Long.BYTES) {
            return word;
          }
          boolean command = pa >= Window.COMMANDS && pa < Window.EVENTS;
          return command ? command(memory, pa, word) : Wire.this.read(memory, pa, word);
        }

        @Override
        public void write(long pa, int bytes, long value) {
          boolean event = pa >= Window.EVENTS && pa < Window.CONTEXTS && bytes == Long.BYTES;
          int index = (int) (pa % Event.BYTES / Long.BYTES);
          if (event && index == 0) {
            type = EventType.of((int) Event.TYPE.get(value));
          }
          memory.write(pa, bytes, event ? event(type, index, value) : value);
        }
      };
    }
  }
}
