namespace LiveCommerce.Actors.Tests;

/// <summary>Runs alone: it counts what the whole process allocates.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests
{
    private const int BytesMax = 512;
    private const int Calls = 20_000;

    [Fact]
    public async Task CallThatCompletesAtOnce_AllocatesTheRequestAndLittleElse()
    {
        await using var silo = new ProbeSilo();
        var probe = silo.Probe();
        for (var i = 0; i < 1000; i++) { await probe.Count(0); }

        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Calls; i++) { await probe.Count(0); }
        var each = (GC.GetTotalAllocatedBytes(precise: true) - before) / Calls;

        Assert.True(each <= BytesMax, $"A call allocates {each} bytes; {BytesMax} are allowed.");
    }
}
