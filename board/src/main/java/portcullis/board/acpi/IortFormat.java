package portcullis.board.acpi;

/**
 * Where fields are in an IORT, in bytes (DEN 0049E, table and node formats): of the table from its
 * start, of a node ({@code N_}) from the node's, of an ID mapping ({@code M_}) from the mapping's.
 */
final class IortFormat {
  static final String SIGNATURE = "IORT";

  static final int NODE_COUNT = 36;
  static final int NODE_OFFSET = 40;
  static final int TABLE_BYTES = 48;

  static final int N_TYPE = 0;
  static final int N_LENGTH = 1;
  static final int N_REVISION = 3;
  static final int N_MAPPING_COUNT = 8;
  static final int N_MAPPING_OFFSET = 12;
  static final int NODE_BYTES = 16;

  static final int TYPE_ITS_GROUP = 0;
  static final int TYPE_NAMED_COMPONENT = 1;
  static final int TYPE_ROOT_COMPLEX = 2;
  static final int TYPE_SMMU_V2 = 3;
  static final int TYPE_SMMU_V3 = 4;
  static final int TYPE_RMR = 6;

  static final int SMMU_BASE = 16;
  static final int SMMU_FLAGS = 24;
  static final int SMMU_VATOS = 32;
  static final int SMMU_MODEL = 40;
  static final int SMMU_EVENT_GSIV = 44;
  static final int SMMU_PRI_GSIV = 48;
  static final int SMMU_GERROR_GSIV = 52;
  static final int SMMU_SYNC_GSIV = 56;

  /** Of revision 0; later ones go on with the proximity domain and the ID mapping index. */
  static final int SMMU_BYTES = 60;

  static final int SMMU_BYTES_1 = 68;
  static final int SMMU_FLAG_COHACC = 1;

  static final int ROOT_PROPERTIES = 16;
  static final int ROOT_SEGMENT = 28;
  static final int ROOT_BYTES = 32;

  static final int NAMED_PROPERTIES = 20;
  static final int NAMED_NAME = 29;
  static final int NAMED_BYTES = 30;

  /** CCA, the first 32 bits of the memory access properties: 1 where DMA is coherent. */
  static final int FULLY_COHERENT = 1;

  static final int ITS_BYTES = 20;

  static final int RMR_COUNT = 20;
  static final int RMR_OFFSET = 24;
  static final int RMR_BYTES = 28;
  static final int RMR_BASE = 0;
  static final int RMR_LENGTH = 8;
  static final int RMR_RANGE_BYTES = 20;

  static final int M_INPUT_BASE = 0;
  static final int M_ID_COUNT = 4;
  static final int M_OUTPUT_BASE = 8;
  static final int M_OUTPUT_REFERENCE = 12;
  static final int M_FLAGS = 16;
  static final int MAPPING_BYTES = 20;
  static final int M_FLAG_SINGLE = 1;

  private IortFormat() {}
}
