using LiveCommerce.Actors;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Silo.RedPackets;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Rooms;
using LiveCommerce.Silo.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Silo.Tests.RedPackets;

/// <summary>What luck has decided is stored before the ledger is asked: whoever dies in between leaves nothing posted, and what is posted later is what was stored.</summary>
public sealed class RedPacketStoredFirstTests
{
    public static TheoryData<SqlDialect> Both => Databases.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task GrabThatDiesBeforeItIsStored_HasMovedNothing_AndItsShareIsFree(SqlDialect dialect)
    {
        var faults = new NextWrite();
        await using var room = await StartAsync(dialect, faults);
        var packet = await room.OpenPacketAsync("ana", 100, 1);

        faults.Fault = WriteFault.Before;
        await Assert.ThrowsAsync<IOException>(() => room.GrabAsync(packet, "ben"));
        Assert.Equal(0, await room.CoinsOfAsync("ben"));

        await room.RestartAsync();
        Assert.Equal(100, (await room.GrabAsync(packet, "cleo")).Value!.Coins);
        Assert.Equal((0L, 100L), (await room.CoinsOfAsync("ben"), await room.CoinsOfAsync("cleo")));
        await room.VerifyAsync();
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task GrabThatDiesBetweenStoreAndPost_IsPostedOnceAsItWasStored_WhoeverAsks(SqlDialect dialect)
    {
        var faults = new NextWrite();
        await using var room = await StartAsync(dialect, faults);
        var packet = await room.OpenPacketAsync("ana", 100, 2);

        faults.Fault = WriteFault.After;
        await Assert.ThrowsAsync<IOException>(() => room.GrabAsync(packet, "ben"));
        Assert.Equal(0, await room.CoinsOfAsync("ben"));

        await room.RestartAsync();
        var other = (await room.GrabAsync(packet, "cleo")).Value!.Coins;
        await room.UntilOverAsync(packet); // nobody repeats ben's grab: the end of the packet finds it
        Assert.Equal((100 - other, other, 900L), (await room.CoinsOfAsync("ben"), await room.CoinsOfAsync("cleo"), await room.CoinsOfAsync("ana")));
        Assert.Equal(100 - other, (await room.GrabAsync(packet, "ben")).Value!.Coins);
        Assert.Equal(100 - other, await room.CoinsOfAsync("ben"));
        await room.VerifyAsync();
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task PacketThatDiesBetweenStoreAndPost_HasTakenNoCoins_AndIsFundedOnceByARepeat(SqlDialect dialect)
    {
        var faults = new NextWrite();
        await using var room = await StartAsync(dialect, faults);
        var id = room.NewKey().ToString("N");

        faults.Fault = WriteFault.After;
        await Assert.ThrowsAsync<IOException>(() => room.FundAsync("ana", 100, 2, RedPacketKind.Equal, id));
        Assert.Equal(1_000, await room.CoinsOfAsync("ana"));

        await room.RestartAsync();
        Assert.Equal(RedPacketPhase.Open, (await room.FundAsync("ana", 100, 2, RedPacketKind.Equal, id)).Value!.Phase);
        Assert.Equal(RedPacketPhase.Open, (await room.FundAsync("ana", 100, 2, RedPacketKind.Equal, id)).Value!.Phase);
        Assert.Equal(900, await room.CoinsOfAsync("ana"));
        await room.VerifyAsync();
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task PacketThatDiesBeforeItIsStored_LeavesNothingBehind(SqlDialect dialect)
    {
        var faults = new NextWrite();
        await using var room = await StartAsync(dialect, faults);
        var id = room.NewKey().ToString("N");

        faults.Fault = WriteFault.Before;
        await Assert.ThrowsAsync<IOException>(() => room.FundAsync("ana", 100, 2, RedPacketKind.Equal, id));
        await room.RestartAsync();
        await room.Packet(id).OnDue();

        Assert.Equal(1_000, await room.CoinsOfAsync("ana"));
        Assert.False((await room.Packet(id).Get()).Ok);
        await room.VerifyAsync();
    }

    private static async Task<RoomScenario> StartAsync(SqlDialect dialect, NextWrite faults)
    {
        var room = await RoomScenario.StartAsync(dialect, configure: services =>
        {
            services.AddSingleton<SqlGrainStateStore>();
            services.AddSingleton<IGrainStateStore>(provider => new FaultyStateStore(provider.GetRequiredService<SqlGrainStateStore>(), faults.Take));
            services.Configure<RedPacketOptions>(options => options.AccountAgeMinutesMin = 0);
        });
        await room.GoLiveAsync();
        await room.GiveCoinsAsync("ana", 1_000);
        return room;
    }

    /// <summary>The next write of a packet is cut off, and no other.</summary>
    private sealed class NextWrite
    {
        public WriteFault Fault { get; set; }

        public WriteFault Take(string name)
        {
            if (name != "packet") { return WriteFault.None; }
            var fault = Fault;
            Fault = WriteFault.None;
            return fault;
        }
    }
}
