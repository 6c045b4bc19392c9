package portcullis.machine.smmuv3;

/** What an endpoint asks for in ATS and page requests, and is granted, as bits (IHI 0070 13.7). */
public final class AtsAccess {
  public static final int READ = 1;

  /** In an ATS Translation Request, No-Write is 0. */
  public static final int WRITE = 1 << 1;

  /** Only with a PASID. */
  public static final int EXECUTE = 1 << 2;

  /** Only with a PASID. */
  public static final int PRIVILEGED = 1 << 3;

  private AtsAccess() {}
}
