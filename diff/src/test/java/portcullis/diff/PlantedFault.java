package portcullis.diff;

import portcullis.arch.Field;
import portcullis.arch.smmu.Command;
import portcullis.arch.smmu.Event;
import portcullis.arch.smmu.EventType;
import portcullis.arch.smmu.Opcode;
import portcullis.arch.smmu.Register;
import portcullis.arch.smmu.Ste;
import portcullis.arch.smmu.Tlbi;
import portcullis.arch.vmsa.Stage1Descriptor;
import portcullis.arch.vmsa.Stage2Descriptor;
import portcullis.machine.Bus;

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

    long command0(Opcode opcode, long word) {
      return word;
    }

    long event(EventType type, int index, long word) {
      return word;
    }

    private long read(long pa, long word) {
      if (pa >= Window.STAGE_1 && pa < Window.STAGE_1_END) {
        return stage1(word);
      }
      if (pa >= Window.STAGE_2 && pa < Window.STAGE_2_END) {
        return stage2(word);
      }
      if (pa >= Window.STREAM_TABLE && pa < Window.STREAM_TABLE_END) {
        return ste((int) (pa % Ste.BYTES / Long.BYTES), word);
      }
      Opcode opcode = Opcode.of((int) Command.OPCODE.get(word));
      boolean first = pa >= Window.COMMANDS && pa < Window.EVENTS && pa % 16 == 0;
      return first && opcode != null ? command0(opcode, word) : word;
    }

    @Override
    Bus bus(Bus memory) {
      return new Bus() {
        private EventType type;

        @Override
        public boolean responds(long pa) {
          return memory.responds(pa);
        }

        @Override
        public long read(long pa, int bytes) {
          long word = memory.read(pa, bytes);
          return bytes == Long.BYTES ? Wire.this.read(pa, word) : word;
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
