using System.Collections.Concurrent;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.RedPackets;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Rooms;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Silo.Tests.RedPackets;

/// <summary>
/// Senders and viewers who repeat what failed, while the packet's activation dies before and after its writes and the silo restarts: at
/// the end every coin is where the acknowledgements say it is.
/// </summary>
public sealed class RedPacketSimulationTests
{
    private const int Coins = 10_000;
    private static readonly string[] Senders = ["ana", "mia"];
    private static readonly string[] Viewers = ["ben", "cleo", "dora", "ed", "fay", "gus", "hal", "ida"];

    public static TheoryData<SqlDialect, int> Seeds
    {
        get
        {
            var seeds = new TheoryData<SqlDialect, int>();
            for (var seed = 0; seed < 12; seed++) { seeds.Add(SqlDialect.Sqlite, seed); }
            for (var seed = 12; seed < 16; seed++) { seeds.Add(SqlDialect.PostgreSql, seed); }
            return seeds;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task WhateverIsCutOff_NoCoinIsLostOrDoubled(SqlDialect dialect, int seed)
    {
        var random = new Random(seed);
        var faults = new Faults(seed);
        await using var room = await RoomScenario.StartAsync(dialect, configure: services =>
        {
            services.AddSingleton<SqlGrainStateStore>();
            services.AddSingleton<IGrainStateStore>(provider => new FaultyStateStore(provider.GetRequiredService<SqlGrainStateStore>(), faults.Next));
            services.Configure<RedPacketOptions>(options => (options.OpenPerSenderMax, options.AccountAgeMinutesMin) = (10, 0));
        });
        await room.GoLiveAsync();
        foreach (var sender in Senders) { await room.GiveCoinsAsync(sender, Coins); }

        var shares = new ConcurrentDictionary<(string Packet, string Viewer), long>();
        var funded = new List<(string Packet, string Sender, long Coins)>();
        for (var round = 0; round < 4; round++)
        {
            if ((await room.Room.Get()).Value!.Stream.Phase == StreamPhase.Offline) { await room.GoLiveAsync($"g{round}"); }
            faults.Armed = true;
            var (id, sender) = (room.NewKey().ToString("N"), Senders[random.Next(Senders.Length)]);
            var count = 1 + random.Next(Viewers.Length + 2);
            var coins = count + random.Next(500);
            var kind = (RedPacketKind)random.Next(2);
            var view = await RepeatAsync(() => room.FundAsync(sender, coins, count, kind, id));
            Assert.True(view.Ok, view.Refusal?.Message);
            funded.Add((id, sender, coins));

            await Task.WhenAll(Viewers.Where(_ => random.Next(5) > 0).Select(async viewer =>
            {
                for (var again = 0; again < 2; again++)
                {
                    var grab = await RepeatAsync(() => room.GrabAsync(id, viewer));
                    if (grab.Ok) { Assert.Equal(grab.Value.Coins, shares.GetOrAdd((id, viewer), grab.Value.Coins)); }
                    else { Assert.True(grab.Refusal.Code is RefusalCode.PacketOver, grab.Refusal.Message); }
                }
            }));

            faults.Armed = random.Next(2) == 0;
            if (random.Next(2) == 0) { await room.RestartAsync(later: TimeSpan.FromSeconds(random.Next(240))); }
            await room.UntilOverAsync(id);
            faults.Armed = false;
        }

        foreach (var (id, sender, coins) in funded)
        {
            await RepeatAsync(async () =>
            {
                await room.Packet(id).OnDue();
                return (Result<Done>)Done.Value;
            });
            var view = await room.ViewAsync(id);
            Assert.Equal((RedPacketPhase.Over, coins), (view.Phase, view.Returned + view.Grabs.Sum(grab => grab.Coins)));
            Assert.Equal(view.Grabs.Count, view.Grabs.Select(grab => grab.Person.Id).Distinct().Count());
            Assert.All(view.Grabs, grab => Assert.True(grab.Coins >= 1));
            foreach (var grab in view.Grabs) { Assert.Equal(grab.Coins, shares[(id, grab.Person.Name)]); }
            Assert.Equal(view.Grabs.Count, shares.Keys.Count(share => share.Packet == id));
        }

        foreach (var viewer in Viewers)
        {
            Assert.Equal(shares.Where(share => share.Key.Viewer == viewer).Sum(share => share.Value), await room.CoinsOfAsync(viewer));
        }

        foreach (var sender in Senders)
        {
            var given = funded.Where(packet => packet.Sender == sender).Sum(packet => shares.Where(share => share.Key.Packet == packet.Packet).Sum(share => share.Value));
            Assert.Equal(Coins - given, await room.CoinsOfAsync(sender));
        }

        await room.VerifyAsync();
    }

    // As the gateway repeats: the same key, for as long as the outcome is unknown.
    private static async Task<Result<T>> RepeatAsync<T>(Func<Task<Result<T>>> call)
        where T : class
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                var answer = await call();
                if (answer.Refusal?.Code is not (RefusalCode.Busy or RefusalCode.Unavailable)) { return answer; }
            }
            catch (Exception problem) when (tries < 200 && problem is IOException or InconsistentStateException or GrainUnavailableException)
            {
                await Task.Yield();
            }
        }
    }

    private sealed class Faults(int seed)
    {
        private readonly Random _random = new(seed * 17);

        public bool Armed { get; set; }

        public WriteFault Next(string name)
        {
            if (!Armed || name != "packet") { return WriteFault.None; }
            lock (_random) { return _random.Next(6) switch { 0 => WriteFault.Before, 1 => WriteFault.After, _ => WriteFault.None }; }
        }
    }
}
