using System.Net;
using System.Net.Http.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Tests.Running;
using LiveCommerce.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Tests.Rooms;

/// <summary>Very many at once: who is let in, who is told to wait, and what the owner of the room notices.</summary>
public sealed class StormTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task ConnectionsBeyondTheRate_AreToldWhenToComeAgain()
    {
        await using var server = await TestServer.StartAsync(("FanOut:JoinsPerSecond", "1"), ("FanOut:JoinWaitMs", "0"));
        using var client = new HttpClient { BaseAddress = server.Address };

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.SendAsync(Upgrade(), HttpCompletionOption.ResponseHeadersRead)));

        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.SwitchingProtocols);
        var refused = answers.Where(answer => answer.StatusCode != HttpStatusCode.SwitchingProtocols).ToList();
        Assert.NotEmpty(refused);
        foreach (var answer in refused)
        {
            var refusal = await answer.Content.ReadFromJsonAsync<Refusal>(WireJson.Options);
            Assert.Equal(RefusalCode.Busy, refusal!.Code);
            Assert.InRange(refusal.RetryAfterMs!.Value, 0, 100_000 + Admission.SpreadMs);
        }

        foreach (var answer in answers) { answer.Dispose(); }
    }

    [Fact]
    public async Task ConnectionsToThisProcess_AreServedStraightThroughTheirSockets()
    {
        await using var server = await TestServer.StartAsync();
        await using var first = await HubSocket.ConnectAsync(server.Address);
        await using var second = await HubSocket.ConnectAsync(server.Address);
        Assert.True((await first.CallAsync<Done>("Leave")).Ok);
        Assert.True((await second.CallAsync<Done>("Leave")).Ok);

        Assert.Equal(2, server.Connections.Lanes);
    }

    [Fact]
    public async Task CallsOfOneAddressBeyondItsRate_AreRefusedOnEveryConnectionFromThere()
    {
        await using var server = await TestServer.StartAsync(("RateLimits:HubCallsPerAddressPerSecond", "1"), ("RateLimits:HubCallsPerAddressBurst", "30"));
        await using var first = await HubSocket.ConnectAsync(server.Address);
        await using var second = await HubSocket.ConnectAsync(server.Address);

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => (i % 2 == 0 ? first : second).CallAsync<Done>("Leave")));

        var refused = answers.Select(answer => answer.Refusal).OfType<Refusal>().ToList();
        Assert.InRange(refused.Count, 1, 30);
        Assert.All(refused, refusal => Assert.Equal(RefusalCode.TooManyRequests, refusal.Code));
        Assert.All(refused, refusal => Assert.NotNull(refusal.RetryAfterMs));
    }

    [Fact]
    public async Task CallsOfOneAccountBeyondItsRate_AreRefusedOnEveryConnectionOfIt()
    {
        await using var server = await TestServer.StartAsync(("RateLimits:HubCallsPerAccountPerSecond", "1"), ("RateLimits:HubCallsPerAccountBurst", "30"));
        using var ana = await server.NewMemberAsync();
        await using var first = await HubSocket.ConnectAsync(server.Address, ana.Cookie);
        await using var second = await HubSocket.ConnectAsync(server.Address, ana.Cookie);
        await using var guest = await HubSocket.ConnectAsync(server.Address);

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => (i % 2 == 0 ? first : second).CallAsync<Done>("Leave")));

        var refused = answers.Select(answer => answer.Refusal).OfType<Refusal>().ToList();
        Assert.InRange(refused.Count, 1, 30);
        Assert.All(refused, refusal => Assert.Equal(RefusalCode.TooManyRequests, refusal.Code));
        Assert.True((await guest.CallAsync<Done>("Leave")).Ok);
    }

    [Fact]
    public async Task TenThousandViewers_AreCountedAtMostOnceASecond()
    {
        const int Viewers = 10_000;
        var (time, room) = (new ManualTimeProvider(), new ScriptedRoom());
        var fanOut = Options.Create(new FanOutOptions { JoinsPerSecond = 100_000 });
        var connections = new ViewerConnections(fanOut, Options.Create(new RateLimitOptions()), time, NullLogger<ViewerConnections>.Instance);
        using var casts = new RoomCasts(room, new GatewayIdentity(), connections, fanOut, time, NullLogger<RoomCasts>.Instance);
        await casts.StartAsync(CancellationToken.None);
        var viewers = Enumerable.Range(0, Viewers).Select(_ => new TestViewer(time)).ToList();
        foreach (var viewer in viewers) { Assert.True((await casts.JoinAsync(viewer.Viewer, ScriptedRoom.Id, since: null)).Ok); }

        // Their players say where they are all the while: however far the clock runs ahead of the reports, everybody watches.
        var started = time.GetTimestamp();
        Watch();
        time.Advance(TimeSpan.FromSeconds(5));
        Watch();

        // In steps shorter than the looking round for stuck connections, until there are some reports.
        const int ReportsWanted = 3;
        var (before, began) = (room.Reports.Count, time.GetTimestamp());
        await time.AdvanceUntil(
            () =>
            {
                Watch();
                return room.Reports.Count - before >= ReportsWanted;
            },
            TimeSpan.FromMilliseconds(100));

        Assert.InRange(room.Reports.Count - before, ReportsWanted, time.GetElapsedTime(began).TotalSeconds + 1);
        Assert.Contains((Viewers, Viewers), room.Reports);

        void Watch()
        {
            var positionMs = (long)time.GetElapsedTime(started).TotalMilliseconds;
            foreach (var viewer in viewers) { viewer.Viewer.Watch.Report("stream", positionMs, viewer.Viewer.Room!.LiveStreamId); }
        }

        await casts.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task BroadcastThatSeveralProcessorsShare_ReachesEverybodyOnceAndInOrder()
    {
        var room = new ScriptedRoom();
        var options = new FanOutOptions { QueueFramesMax = 16, ReplayFramesMax = 8 };

        // By this clock nobody is ever slow, so that no frames are joined and the number of them is known.
        var cast = new RoomBroadcaster(ScriptedRoom.Id, room, new GatewayIdentity(), options, new ManualTimeProvider(), NullLogger.Instance);
        var viewers = Enumerable.Range(0, 3_000).Select(_ => new TestViewer(options: options)).ToList();
        foreach (var viewer in viewers)
        {
            viewer.Viewer.Room = cast;
            await cast.JoinAsync(viewer.Viewer, since: null);
        }

        // Some stop taking frames and are given a snapshot when they take them again; while others come and go.
        var slow = viewers.Where((_, index) => index % 100 == 0).ToList();
        foreach (var viewer in slow) { viewer.Pause(); }
        for (var i = 0; i < 40; i++)
        {
            room.Say($"{i}", $"{i} again");
            cast.Leave(viewers[^(i + 1)].Viewer);
        }

        foreach (var viewer in slow) { viewer.Resume(); }
        var stayed = viewers.SkipLast(40).ToList();
        await Until(() => stayed.TrueForAll(viewer => viewer.Seen == room.Position));
        Assert.All(viewers, viewer => Assert.Null(viewer.Fault));
        Assert.All(stayed.Except(slow), viewer => Assert.Equal(80, viewer.Sequences.Count));
        Assert.All(slow.Intersect(stayed), viewer => Assert.Equal(2, viewer.Snapshots));
    }

    private static HttpRequestMessage Upgrade()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/hub/room");
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.ParseAdd("websocket");
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==");
        return request;
    }

    private static async Task Until(Func<bool> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience) { throw new TimeoutException("The condition never came true."); }
            await Task.Yield();
        }
    }
}
