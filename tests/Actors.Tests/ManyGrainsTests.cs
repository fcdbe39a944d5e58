using LiveCommerce.Actors.Runtime;
using LiveCommerce.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Actors.Tests;

/// <summary>A grain that keeps a little in memory, as a small room does.</summary>
public interface ISmallRoomGrain : IGrainWithStringKey
{
    ValueTask<int> Enter();
}

/// <summary>Runs alone: it looks at the memory of the whole process.</summary>
[Collection(nameof(AllocationTests))]
public sealed class ManyGrainsTests
{
    private const int Rooms = 100_000;
    private const int BytesMaxOfARoom = 6000;

    [Fact]
    public async Task HundredThousandSmallRooms_FitIntoMemory_AndLeaveItWhenNobodyComesAnyMore()
    {
        var time = new ManualTimeProvider();
        await using var silo = TestSilo.Start(
            services => services.AddSingleton<TimeProvider>(time).AddActors(actors => actors.AddGrain<ISmallRoomGrain, SmallRoomGrain>()),
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Actors:SweepPeriod"] = "00:01:00" });
        var directory = silo.Services.GetRequiredService<ActivationDirectory>();
        await silo.Grains.GetGrain<ISmallRoomGrain>("first").Enter();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await Parallel.ForAsync(0, Rooms, TestContext.Current.CancellationToken, async (number, _) =>
            await silo.Grains.GetGrain<ISmallRoomGrain>($"room-{number}").Enter());
        var full = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(Rooms + 1, directory.Count);
        Assert.InRange(full / Rooms, 0, BytesMaxOfARoom);

        // Five minutes later all but a hundred, which somebody looks at now and then, are gone.
        for (var minute = 0; minute < 6; minute++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            for (var number = 0; number < 100; number++) { await silo.Grains.GetGrain<ISmallRoomGrain>($"room-{number}").Enter(); }
        }

        await time.AdvanceUntil(() => directory.Count == 100, TimeSpan.Zero);
        var left = GC.GetTotalMemory(forceFullCollection: true) - before;

        Assert.True(left < full / 5, $"{Rooms} rooms took {full} bytes, and {left} are left.");
        Assert.Equal(8, await silo.Grains.GetGrain<ISmallRoomGrain>("room-0").Enter());
        Assert.Equal(1, await silo.Grains.GetGrain<ISmallRoomGrain>("room-50000").Enter());
    }

    internal sealed class SmallRoomGrain : Grain, ISmallRoomGrain
    {
        private readonly byte[] _state = new byte[2000];
        private int _entered;

        public ValueTask<int> Enter()
        {
            _state[_entered % _state.Length] = 1;
            return ValueTask.FromResult(++_entered);
        }
    }
}
