#ifndef CKPT_SCANNERS_ROOT_DIRECTORY_H
#define CKPT_SCANNERS_ROOT_DIRECTORY_H

/*
 * Regular files below a directory that is taken for a root: "/" and ".." end in it, and so do symbolic links. FIFOs
 * and devices are never opened for reading.
 */

/* A descriptor for reading; -1: errno says why, EINVAL where it is no regular file. */
int root_directory_open(int directory, const char *path);
/*
 * The same without the help of newer kernels (before Linux 5.6, or where a filter forbids it), which the former falls
 * back to: one name after the other, and no link is followed at all.
 */
int root_directory_open_by_steps(int directory, const char *path);

#endif
