package portcullis.check.run;

import portcullis.arch.Field;
import portcullis.arch.smmu.Register;

/**
 * A field that the emulation shows as 0 where hardware does not.
 *
 * @param reason why the host must not see what it says
 */
record HiddenField(Register register, Field field, String reason) {}
