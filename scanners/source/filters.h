#ifndef CKPT_SCANNERS_SOURCE_FILTERS_H
#define CKPT_SCANNERS_SOURCE_FILTERS_H

#include "engine/read/inflater.h"

/* Decoders made of libarchive's own filters. */
extern const struct decoder decoder_lz4;
extern const struct decoder decoder_bzip2;

#endif
