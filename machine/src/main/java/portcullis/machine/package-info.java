/**
 * The model of a machine below the hypervisor: sparse RAM, the bus, CPUs with the stage-2
 * translation that EL2 puts under the host, SMMUs, DMA masters, interrupts and a clock. Everything
 * it remembers is a cell of one store; nothing happens but when somebody makes it happen, so the
 * same calls give the same run.
 */
package portcullis.machine;
