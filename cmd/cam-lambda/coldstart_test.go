package main

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/cross-account-manager/cam/lambda"
)

// BenchmarkColdStart measures how long the bootstrap of a zip file takes from the start
// of its process until it asks for the first event:
//
//	make lambda
//	go test -run '^$' -bench ColdStart ./cmd/cam-lambda -zip $PWD/dist/cam-lambda-x86_64.zip
func BenchmarkColdStart(b *testing.B) {
	if *zipFile == "" {
		b.Skip("-zip says which bootstrap to measure")
	}
	path := bootstrap(b)
	var times []time.Duration
	for b.Loop() {
		b.StopTimer()
		runtime.GC()
		b.StartTimer()
		started := time.Now()
		p := startProcess(b, path, environ(lambda.AccountFile))
		select {
		case <-p.asked:
		case <-p.exited:
			b.Fatalf("it ended: %s", p.logs)
		}
		times = append(times, time.Since(started))
		b.StopTimer()
		p.stop()
		b.StartTimer()
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "median-ms")
	b.ReportMetric(float64(times[len(times)-1].Microseconds())/1000, "slowest-ms")
}
