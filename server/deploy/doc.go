// Package deploy holds what it takes to run leadmatchd: an image (Dockerfile), a unit of systemd, manifests of Kubernetes.
// Its tests hold these files to the program, to each other and to the figures of bench/RESULTS.md; make package-check does
// more of that, where it may take longer.
package deploy
