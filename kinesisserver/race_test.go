//go:build race

package kinesisserver

// raceDetector makes what measures volume do less of it.
const raceDetector = true
