package portcullis.machine.smmuv3;

import portcullis.arch.smmu.PriResp;

/** A PRG Response Message's code (IHI 0070 8.3). */
public enum PageResponse {
  /** All pages of the group are in, or an overflow asks the device to try again. */
  SUCCESS(0b0000),
  /** One or more pages do not exist, or not with the permissions that were asked for. */
  INVALID_REQUEST(0b0001),
  /** The device cannot use page requests. */
  FAILURE(0b1111);

  private final int code;

  PageResponse(int code) {
    this.code = code;
  }

  /** As the message holds it. */
  public int code() {
    return code;
  }

  /** What CMD_PRI_RESP's Resp means; null if it is reserved. */
  static PageResponse of(long resp) {
    return switch ((int) resp) {
      case PriResp.RESP_FAILURE -> FAILURE;
      case PriResp.RESP_INVALID -> INVALID_REQUEST;
      case PriResp.RESP_SUCCESS -> SUCCESS;
      default -> null;
    };
  }
}
