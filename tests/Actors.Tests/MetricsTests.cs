using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LiveCommerce.Actors.Hosting;

namespace LiveCommerce.Actors.Tests;

public sealed class MetricsTests
{
    [Fact]
    public async Task Operator_SeesGrainsInMemoryAndCallsRefusedLateAndFailed()
    {
        await using var silo = new ProbeSilo(("ActivationsMax", "2"));
        var sums = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            // Silos of other tests run at the same time; this one's meter is known by its factory.
            if (instrument.Meter.Name == ActorMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, silo.Meters)) { self.EnableMeasurementEvents(instrument); }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listener.Start();

        await Assert.ThrowsAsync<InvalidDataException>(async () => await silo.Probe("a").FailAtOnce("x"));
        silo.Script.Hold("slow");
        var slow = silo.Probe("b").Do("slow").AsTask();
        await Assert.ThrowsAsync<GrainBusyException>(async () => await silo.Probe("c").Do("x"));
        silo.Time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAsync<TimeoutException>(() => slow);
        silo.Script.Release("slow");
        Assert.Equal(2, sums["livecommerce.actors.activations"]);

        await silo.Stop();
        Assert.Equal(
            [("activations", 0), ("calls.failed", 1), ("calls.late", 1), ("calls.refused", 1)],
            sums.Select(sum => (sum.Key["livecommerce.actors.".Length..], sum.Value)).Order());
    }
}
