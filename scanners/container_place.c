#include "scanners/container_place.h"

#include <string.h>

#include "scanners/container.h"

static const char *const document_names[DOCUMENTS] = {
	[DOCUMENT_CONFIG] = "config.dump",	    [DOCUMENT_SPEC] = "spec.dump",
	[DOCUMENT_STATUS] = "status.dump",	    [DOCUMENT_DOCKER] = "config.v2.json",
	[DOCUMENT_DOCKER_HOST] = "hostconfig.json", [DOCUMENT_ANNOTATIONS] = "the image",
};

const char *document_name(enum document document)
{
	return document_names[document];
}

bool document_find(const char *name, enum document *out)
{
	for (size_t i = 0; i < DOCUMENT_ANNOTATIONS; i++) {
		if (strcmp(name, document_names[i]) == 0) {
			*out = (enum document)i;
			return true;
		}
	}
	return false;
}

#define FIELD(name) offsetof(struct container, name)
#define SPEC_ANNOTATION(key)                                                                       \
	DOCUMENT_SPEC,                                                                             \
	{                                                                                          \
		"annotations", key                                                                 \
	}
#define STATUS_LABEL(key)                                                                          \
	DOCUMENT_STATUS,                                                                           \
	{                                                                                          \
		"labels", key                                                                      \
	}
#define IMAGE_ANNOTATION(key)                                                                      \
	DOCUMENT_ANNOTATIONS,                                                                      \
	{                                                                                          \
		key                                                                                \
	}
/* What Podman, CRI-O and checkpointctl agreed on, and what the first two wrote before. */
#define CRIU "org.criu.checkpoint."
#define PODMAN "io.podman.annotations.checkpoint."
#define CRIO "io.kubernetes.cri-o.annotations.checkpoint."

static const struct place places[] = {
	{ FIELD(id), DOCUMENT_CONFIG, { "id" } },
	{ FIELD(id), DOCUMENT_STATUS, { "id" } },
	{ FIELD(id), SPEC_ANNOTATION("io.kubernetes.cri-o.ContainerID") },
	{ FIELD(id), DOCUMENT_DOCKER, { "ID" } },
	{ FIELD(name), SPEC_ANNOTATION("io.kubernetes.container.name") },
	{ FIELD(name), SPEC_ANNOTATION("io.kubernetes.cri.container-name") },
	{ FIELD(name), DOCUMENT_STATUS, { "metadata", "name" } },
	{ FIELD(name), STATUS_LABEL("io.kubernetes.container.name") },
	{ FIELD(name), IMAGE_ANNOTATION(CRIU "container.name") },
	{ FIELD(name), IMAGE_ANNOTATION(PODMAN "name") },
	{ FIELD(name), IMAGE_ANNOTATION(CRIO "name") },
	{ FIELD(image), DOCUMENT_CONFIG, { "rootfsImage" } },
	{ FIELD(image), DOCUMENT_CONFIG, { "RawImageName" } },
	{ FIELD(image), DOCUMENT_CONFIG, { "rootfsImageName" } },
	{ FIELD(image), DOCUMENT_STATUS, { "image", "image" } },
	{ FIELD(image), SPEC_ANNOTATION("io.kubernetes.cri-o.ImageName") },
	{ FIELD(image), SPEC_ANNOTATION("io.kubernetes.cri.image-name") },
	{ FIELD(image), DOCUMENT_DOCKER, { "Config", "Image" } },
	{ FIELD(image), IMAGE_ANNOTATION(CRIU "rootfsImageUserRequested") },
	{ FIELD(image), IMAGE_ANNOTATION(CRIU "rawImageName") },
	{ FIELD(image), IMAGE_ANNOTATION(CRIU "rootfsImageName") },
	{ FIELD(image), IMAGE_ANNOTATION(PODMAN "rawImageName") },
	{ FIELD(image), IMAGE_ANNOTATION(PODMAN "rootfsImageName") },
	{ FIELD(image), IMAGE_ANNOTATION(CRIO "rawImageName") },
	{ FIELD(image), IMAGE_ANNOTATION(CRIO "rootfsImageName") },
	{ FIELD(image), IMAGE_ANNOTATION("image.name") }, /* `ctr tasks checkpoint` */
	{ FIELD(image_digest), DOCUMENT_CONFIG, { "rootfsImageRef" } },
	{ FIELD(image_digest), DOCUMENT_CONFIG, { "rootfsImageID" } },
	{ FIELD(image_digest), DOCUMENT_STATUS, { "image_ref" } },
	{ FIELD(image_digest), SPEC_ANNOTATION("io.kubernetes.cri-o.ImageRef") },
	{ FIELD(image_digest), DOCUMENT_DOCKER, { "Image" } },
	{ FIELD(image_digest), IMAGE_ANNOTATION(CRIU "rootfsImageSha") },
	{ FIELD(image_digest), IMAGE_ANNOTATION(CRIU "rootfsImageID") },
	{ FIELD(image_digest), IMAGE_ANNOTATION(PODMAN "rootfsImageID") },
	{ FIELD(image_digest), IMAGE_ANNOTATION(CRIO "rootfsImageID") },
	{ FIELD(pod), SPEC_ANNOTATION("io.kubernetes.pod.name") },
	{ FIELD(pod), SPEC_ANNOTATION("io.kubernetes.cri.sandbox-name") },
	{ FIELD(pod), STATUS_LABEL("io.kubernetes.pod.name") },
	{ FIELD(pod), IMAGE_ANNOTATION(CRIU "pod.name") },
	{ FIELD(pod_id), SPEC_ANNOTATION("io.kubernetes.cri-o.SandboxID") },
	{ FIELD(pod_id), SPEC_ANNOTATION("io.kubernetes.cri.sandbox-id") },
	{ FIELD(pod_id), DOCUMENT_CONFIG, { "pod" } }, /* Podman: the id */
	{ FIELD(pod_id), IMAGE_ANNOTATION(CRIU "pod.id") },
	{ FIELD(pod_uid), SPEC_ANNOTATION("io.kubernetes.pod.uid") },
	{ FIELD(pod_uid), SPEC_ANNOTATION("io.kubernetes.cri.sandbox-uid") },
	{ FIELD(pod_uid), STATUS_LABEL("io.kubernetes.pod.uid") },
	{ FIELD(pod_uid), IMAGE_ANNOTATION(CRIU "pod.uid") },
	{ FIELD(name_space), SPEC_ANNOTATION("io.kubernetes.pod.namespace") },
	{ FIELD(name_space), SPEC_ANNOTATION("io.kubernetes.cri.sandbox-namespace") },
	{ FIELD(name_space), STATUS_LABEL("io.kubernetes.pod.namespace") },
	{ FIELD(name_space), IMAGE_ANNOTATION(CRIU "pod.namespace") },
	{ FIELD(runtime), DOCUMENT_CONFIG, { "runtime" } },
	{ FIELD(runtime), DOCUMENT_DOCKER_HOST, { "Runtime" } },
	{ FIELD(runtime), IMAGE_ANNOTATION(CRIU "runtime.name") },
	{ FIELD(runtime), IMAGE_ANNOTATION(PODMAN "runtime.name") },
	{ FIELD(runtime), IMAGE_ANNOTATION("io.containerd.checkpoint.runtime") },
	{ FIELD(created), DOCUMENT_CONFIG, { "createdTime" } },
	{ FIELD(created), SPEC_ANNOTATION("io.kubernetes.cri-o.Created") },
	{ FIELD(created), DOCUMENT_DOCKER, { "Created" } },
	{ FIELD(checkpointed), DOCUMENT_CONFIG, { "checkpointedTime" } },
	{ FIELD_BY_CODE, DOCUMENT_CONFIG, { "name" } },
	{ FIELD_BY_CODE, DOCUMENT_DOCKER, { "Name" } },
	{ FIELD_BY_CODE, DOCUMENT_SPEC, { "linux", "cgroupsPath" } },
	{ FIELD_BY_CODE, SPEC_ANNOTATION("io.container.manager") },
	{ FIELD_BY_CODE, SPEC_ANNOTATION("io.kubernetes.cri-o.Metadata") },
};

const struct place *container_places(size_t *count)
{
	*count = sizeof(places) / sizeof(places[0]);
	return places;
}
