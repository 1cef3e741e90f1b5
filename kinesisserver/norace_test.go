//go:build !race

package kinesisserver

const raceDetector = false
