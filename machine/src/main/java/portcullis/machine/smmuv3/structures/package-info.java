/** STEs and CDs: which are ILLEGAL, and what a legal one means to a translation (IHI 0070 5). */
package portcullis.machine.smmuv3.structures;
