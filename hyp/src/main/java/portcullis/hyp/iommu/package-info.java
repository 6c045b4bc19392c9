/**
 * What every IOMMU driver plugs into: registration, initialisation, and the dispatch of stage-2
 * changes and data aborts (series parts 7, 8, 10).
 */
package portcullis.hyp.iommu;
