using System.Diagnostics;
using LiveCommerce.Host.Telemetry;

namespace LiveCommerce.Gateway.Tests.Telemetry;

/// <summary>Which traces are kept: the same ones in every process of a cluster, and not those that a stranger would like.</summary>
public sealed class ShareSamplerTests
{
    private const int Traces = 20_000;
    private const string Secret = "the secret of this test";

    private static readonly ActivityTraceId[] Ids = [.. Enumerable.Range(0, Traces).Select(_ => ActivityTraceId.CreateRandom())];

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.5)]
    public void AboutTheShare_IsKept(double share)
    {
        var kept = Ids.Count(new ShareSampler(share, Secret).Keeps);

        Assert.InRange(kept, Traces * share * 0.8, Traces * share * 1.2);
    }

    [Fact]
    public void ProcessesWithOneSecret_KeepTheSameTraces_AndALargerShareHoldsASmallerOne()
    {
        var (one, other, more) = (new ShareSampler(0.3, Secret), new ShareSampler(0.3, Secret), new ShareSampler(0.6, Secret));

        Assert.All(Ids, id => Assert.Equal(one.Keeps(id), other.Keeps(id)));
        Assert.All(Ids.Where(one.Keeps), id => Assert.True(more.Keeps(id)));
    }

    [Fact]
    public void IdsThatOneClusterKeeps_AreWorthNothingAtAnother()
    {
        var (here, there, alone) = (new ShareSampler(0.05, Secret), new ShareSampler(0.05, "another secret than that"), new ShareSampler(0.05, null));
        var chosen = Ids.Where(here.Keeps).ToList();

        Assert.InRange(chosen.Count(there.Keeps), 0, chosen.Count / 3);
        Assert.InRange(chosen.Count(alone.Keeps), 0, chosen.Count / 3);

        // Ids that a choice by the id itself would keep or drop, whatever the share.
        foreach (var id in (string[])["00000000000000000000000000000001", "0000000000000001000000000000000f", "ffffffffffffffffffffffffffffffff"])
        {
            var trace = ActivityTraceId.CreateFromString(id);
            Assert.Contains(Enumerable.Range(0, 200), number => new ShareSampler(0.5, $"{Secret} {number}").Keeps(trace));
            Assert.Contains(Enumerable.Range(0, 200), number => !new ShareSampler(0.5, $"{Secret} {number}").Keeps(trace));
        }
    }

    [Fact]
    public void AllAndNothing_AreExactlyThat()
    {
        Assert.All(Ids, id => Assert.True(new ShareSampler(1, Secret).Keeps(id)));
        Assert.All(Ids, id => Assert.False(new ShareSampler(0, Secret).Keeps(id)));
    }
}
