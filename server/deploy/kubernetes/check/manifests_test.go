// Package check_test holds the manifests to the types of Kubernetes, to each other, and to what was measured. It is a
// module of its own, so that nothing else needs those types.
package check_test

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

type manifests struct {
	service core.Service
	set     apps.StatefulSet
	budget  policy.PodDisruptionBudget
	network networking.NetworkPolicy
}

// load reads the manifests; a field that the types do not have, or that is there twice, is an error.
func load(t *testing.T) (m manifests) {
	t.Helper()
	kinds := map[string]any{
		"v1/Service": &m.service, "apps/v1/StatefulSet": &m.set,
		"policy/v1/PodDisruptionBudget": &m.budget, "networking.k8s.io/v1/NetworkPolicy": &m.network,
	}
	for _, doc := range strings.Split(read(t, "../leadmatchd.yaml"), "\n---\n") {
		var is meta.TypeMeta
		if err := yaml.Unmarshal([]byte(doc), &is); err != nil {
			t.Fatal(err)
		}
		kind := is.APIVersion + "/" + is.Kind
		if kinds[kind] == nil {
			t.Fatalf("%s is there twice, or not known", kind)
		}
		if err := yaml.UnmarshalStrict([]byte(doc), kinds[kind]); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		delete(kinds, kind)
	}
	for kind := range kinds {
		t.Errorf("there is no %s", kind)
	}
	return m
}

func TestManifestsFitEachOther(t *testing.T) {
	m := load(t)
	labels := m.set.Spec.Template.Labels
	container := m.set.Spec.Template.Spec.Containers[0]
	for what, selector := range map[string]map[string]string{
		"Service": m.service.Spec.Selector, "StatefulSet": m.set.Spec.Selector.MatchLabels,
		"PodDisruptionBudget": m.budget.Spec.Selector.MatchLabels, "NetworkPolicy": m.network.Spec.PodSelector.MatchLabels,
	} {
		if len(selector) == 0 || !included(selector, labels) {
			t.Errorf("%s selects %v, and the pod is %v", what, selector, labels)
		}
	}
	if m.service.Spec.ClusterIP != core.ClusterIPNone || m.set.Spec.ServiceName != m.service.Name {
		t.Error("the set has no headless service")
	}
	for _, port := range container.Ports {
		if !slices.ContainsFunc(m.service.Spec.Ports, func(p core.ServicePort) bool { return p.TargetPort.StrVal == port.Name && p.Port == port.ContainerPort }) {
			t.Errorf("the service does not know the port %s", port.Name)
		}
		if !slices.ContainsFunc(m.network.Spec.Ingress[0].Ports, func(p networking.NetworkPolicyPort) bool { return p.Port.StrVal == port.Name }) {
			t.Errorf("the network policy does not let the port %s in", port.Name)
		}
	}
	if len(container.Ports) != 2 || len(m.service.Spec.Ports) != 2 {
		t.Errorf("the container has %d ports, the service %d; want 2", len(container.Ports), len(m.service.Spec.Ports))
	}
	mounts := map[string]bool{}
	for _, mount := range container.VolumeMounts {
		mounts[mount.Name] = true
	}
	for _, v := range m.set.Spec.Template.Spec.Volumes {
		if !mounts[v.Name] {
			t.Errorf("the volume %s is mounted nowhere", v.Name)
		}
	}
	if claims := m.set.Spec.VolumeClaimTemplates; len(claims) != 1 || !mounts[claims[0].Name] {
		t.Error("the claim is mounted nowhere")
	}
}

func included(small, large map[string]string) bool {
	for k, v := range small {
		if large[k] != v {
			return false
		}
	}
	return true
}

// The pod runs as the image does: its user, its folder, nothing beyond.
func TestPodFitsTheImage(t *testing.T) {
	m := load(t)
	pod, container := m.set.Spec.Template.Spec, m.set.Spec.Template.Spec.Containers[0]
	dockerfile := read(t, "../../Dockerfile")
	user := regexp.MustCompile(`(?m)^USER (\d+):(\d+)$`).FindStringSubmatch(dockerfile)
	if s := pod.SecurityContext; !*s.RunAsNonRoot || strconv.Itoa(int(*s.RunAsUser)) != user[1] || strconv.Itoa(int(*s.FSGroup)) != user[2] ||
		s.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
		t.Errorf("the pod's security is %v, and the image's user %v", s, user[1:])
	}
	if s := container.SecurityContext; *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []core.Capability{"ALL"}) {
		t.Errorf("the container's security is %v", s)
	}
	if *pod.AutomountServiceAccountToken || strings.HasSuffix(container.Image, ":latest") || !strings.Contains(container.Image, ":") {
		t.Errorf("the pod has a token of Kubernetes, or an image of no version: %s", container.Image)
	}
	if !strings.Contains(dockerfile, "LEADMATCHD_DATA="+container.VolumeMounts[0].MountPath+"/") {
		t.Errorf("the data is not below %s", container.VolumeMounts[0].MountPath)
	}
	for what, probe := range map[string]*core.Probe{"startup": container.StartupProbe, "readiness": container.ReadinessProbe, "liveness": container.LivenessProbe} {
		if got := strings.Join(probe.Exec.Command, " "); got != "/leadmatchd health" || probe.TimeoutSeconds <= 3 {
			t.Errorf("the %s probe is %q with %d s, and leadmatchd health takes up to 3", what, got, probe.TimeoutSeconds)
		}
	}
	if grace := *pod.TerminationGracePeriodSeconds; grace <= 15 {
		t.Errorf("the pod is killed after %d s, and may end in order until 15", grace)
	}
}

// What a million accounts take, as bench/RESULTS.md has it, fits into what the pod asks for.
func TestResourcesFitTheFigures(t *testing.T) {
	m := load(t)
	results := read(t, "../../../../bench/RESULTS.md")
	figure := func(pattern string) (mb int64) {
		t.Helper()
		found := regexp.MustCompile(pattern).FindStringSubmatch(results)
		if found == nil {
			t.Fatalf("bench/RESULTS.md has no %s", pattern)
		}
		mb, _ = strconv.ParseInt(found[1], 10, 64)
		return mb << 20
	}
	memory, disk := figure(`server's memory at most until then \| (\d+) MB`), figure(`store on disk \| (\d+) MB`)
	r := m.set.Spec.Template.Spec.Containers[0].Resources
	if asked, most := r.Requests.Memory().Value(), r.Limits.Memory().Value(); asked < memory || most < 2*memory {
		t.Errorf("asked for %d bytes of memory, at most %d; measured were %d", asked, most, memory)
	}
	const free = 512 << 20 // --min-free-bytes
	if storage := m.set.Spec.VolumeClaimTemplates[0].Spec.Resources.Requests.Storage().Value(); storage < 10*disk+free {
		t.Errorf("asked for %d bytes of disk; measured were %d", storage, disk)
	}
	limit := slices.IndexFunc(m.set.Spec.Template.Spec.Containers[0].Env, func(e core.EnvVar) bool { return e.Name == "GOMEMLIMIT" })
	text := m.set.Spec.Template.Spec.Containers[0].Env[limit].Value
	if mib, err := strconv.ParseInt(strings.TrimSuffix(text, "MiB"), 10, 64); err != nil || mib<<20 >= r.Limits.Memory().Value() {
		t.Errorf("GOMEMLIMIT is %s (%v), which is not below the limit", text, err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
