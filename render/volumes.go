package render

import (
	"fmt"
	"path"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	apiv1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/wire"
	"gantline.dev/gantline/workflows"
)

// volumeRun is the name of the volume at wire.RunDir.
const volumeRun = "gantline"

// secretEnv is the secrets that a step gets as environment variables.
func (s *step) secretEnv() []apiv1.EnvVar {
	var out []apiv1.EnvVar
	for _, secret := range s.def.Secrets {
		if secret.Env == nil {
			continue
		}
		key := secret.Key
		if key == nil {
			key = secret.Env
		}
		out = append(out, apiv1.EnvVar{Name: s.plain(*secret.Env), ValueFrom: &apiv1.EnvVarSource{
			SecretKeyRef: &apiv1.SecretKeySelector{
				LocalObjectReference: apiv1.LocalObjectReference{Name: s.plain(secret.Secret)},
				Key:                  s.plain(*key),
			},
		}})
	}
	return out
}

// volumeData begins the names of volumes that are data of the image.
const volumeData = "data-"

// addVolumes mounts the shim's directory, the image's data, the secrets that are
// files, and the step's volumes.
func (s *step) addVolumes(template *wfv1.Template, data []Volume) {
	add := func(name string, mount apiv1.VolumeMount, source apiv1.VolumeSource) {
		mount.Name = name
		template.Volumes = append(template.Volumes, apiv1.Volume{Name: name, VolumeSource: source})
		template.Container.VolumeMounts = append(template.Container.VolumeMounts, mount)
	}
	add(volumeRun, apiv1.VolumeMount{MountPath: wire.RunDir}, apiv1.VolumeSource{EmptyDir: &apiv1.EmptyDirVolumeSource{}})
	s.checkMounts(data)
	for _, volume := range data {
		add(volumeData+volume.Name, apiv1.VolumeMount{MountPath: volume.Path, ReadOnly: true}, apiv1.VolumeSource{
			Image: &apiv1.ImageVolumeSource{Reference: volume.Ref, PullPolicy: apiv1.PullIfNotPresent},
		})
	}
	for i, secret := range s.def.Secrets {
		if secret.Path != nil {
			mount := apiv1.VolumeMount{MountPath: s.plain(*secret.Path), ReadOnly: true}
			add(fmt.Sprintf("secret-%d", i), mount, s.secretSource(secret))
		}
	}
	for i, volume := range s.def.Volumes {
		mount := apiv1.VolumeMount{
			MountPath: s.plain(volume.Path),
			ReadOnly:  volume.ReadOnly != nil && volume.ReadOnly.V,
		}
		add(fmt.Sprintf("volume-%d", i), mount, s.volumeSource(volume))
	}
}

// checkMounts refuses what a step mounts at, above or below data of its image:
// an API server refuses the first, and the others hide one of the two.
func (s *step) checkMounts(data []Volume) {
	var paths []diag.Value[string]
	for _, volume := range s.def.Volumes {
		paths = append(paths, volume.Path)
	}
	for _, secret := range s.def.Secrets {
		if secret.Path != nil {
			paths = append(paths, *secret.Path)
		}
	}
	for _, at := range paths {
		clean := path.Clean(at.V) + "/"
		clash := slices.IndexFunc(data, func(v Volume) bool {
			return strings.HasPrefix(clean, v.Path+"/") || strings.HasPrefix(v.Path+"/", clean)
		})
		if clash >= 0 {
			s.add(diag.Errorf(at.Pos, "volume", "%q is where the image has its data %q", at.V, data[clash].Name).
				WithHint("mount it outside of %s", data[clash].Path))
		}
	}
}

func (s *step) secretSource(secret *workflows.Secret) apiv1.VolumeSource {
	source := &apiv1.SecretVolumeSource{SecretName: s.plain(secret.Secret)}
	if secret.Key != nil {
		key := s.plain(*secret.Key)
		source.Items = []apiv1.KeyToPath{{Key: key, Path: key}}
	}
	return apiv1.VolumeSource{Secret: source}
}

func (s *step) volumeSource(volume *workflows.Volume) apiv1.VolumeSource {
	empty := &apiv1.EmptyDirVolumeSource{}
	switch {
	case volume.Claim != nil:
		return apiv1.VolumeSource{PersistentVolumeClaim: &apiv1.PersistentVolumeClaimVolumeSource{
			ClaimName: s.plain(*volume.Claim),
			ReadOnly:  volume.ReadOnly != nil && volume.ReadOnly.V,
		}}
	case volume.Memory != nil:
		empty.Medium = apiv1.StorageMediumMemory
		empty.SizeLimit = s.size(*volume.Memory)
	case volume.Size != nil:
		empty.SizeLimit = s.size(*volume.Size)
	default:
		s.errorf(volume.Pos, "volume", "a volume needs one of claim, size and memory")
	}
	return apiv1.VolumeSource{EmptyDir: empty}
}

func (s *step) size(v diag.Value[string]) *resource.Quantity {
	list := apiv1.ResourceList{}
	s.quantity(&v, apiv1.ResourceStorage, list)
	return ptr(list[apiv1.ResourceStorage])
}
