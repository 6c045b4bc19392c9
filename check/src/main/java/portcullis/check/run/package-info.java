/**
 * The main job: boots a board with the hypervisor and a host, moves data by DMA, gives pages away,
 * tries to reach them in every way there is, and reports what happened.
 */
package portcullis.check.run;
