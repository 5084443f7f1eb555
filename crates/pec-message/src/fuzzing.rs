//! The logic of the fuzz targets, called by the targets and by ordinary tests alike.
