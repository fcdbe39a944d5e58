using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Links;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>A burst of long answers passes; it ends no link.</summary>
public sealed class LinkBurstTests : IAsyncDisposable
{
    private const int MessageBytesMax = 64 * 1024;

    private readonly MemoryClusterStore _store = new();
    private readonly List<Node> _nodes = [];
    private readonly string _long = new('x', 60_000);

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) { await node.DisposeAsync(); }
    }

    [Fact]
    public async Task AnswersOfManyTimesOneMessage_AllArrive_AndTheLinkStays()
    {
        // Nothing but the burst may end the link, however slow the machine.
        (string, string)[] settings =
        [
            ("Links:MessageBytesMax", "65536"), ("Links:ConnectWithin", "00:00:50"), ("Links:DeadAfter", "00:01:00"), ("Links:StalledAfter", "00:01:00"),
            ("Actors:CallTimeout", "00:02:00"), ("Cluster:FenceAfter", "00:00:40"), ("Cluster:DeadAfter", "00:01:00"),
        ];
        var silo = await StartAsync(ClusterRole.Silo, settings);
        await Node.ServingAsync(silo);
        var gateway = await StartAsync(ClusterRole.Gateway, settings);

        var calls = Enumerable.Range(0, 100).Select(number => gateway.Grains.GetGrain<IProbeGrain>($"k{number}").Fail(_long)).ToList();

        foreach (var call in calls) { Assert.Equal(60_000, (await Assert.ThrowsAsync<RemoteGrainException>(() => call)).Message.Length); }
        Assert.Equal(1, silo.Links.PeerCount);
        Assert.All(_nodes, node => Assert.DoesNotContain(node.Log.Lines, line => line.StartsWith("120", StringComparison.Ordinal) || line.StartsWith("121", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task WhatWaits_GoesOutInMessagesThatThePeerTakes_AndShortAnswersFindRoomBehindLongOnes()
    {
        using var socket = new RecordingSocket();
        var options = new LinkOptions { MessageBytesMax = MessageBytesMax, WaitingBytesMax = 1024 * 1024 };
        await using var connection = new LinkConnection(socket, options, (_, _) => true, TimeProvider.System, NullLogger.Instance);
        var bytes = Encoding.UTF8.GetBytes(_long);

        var sent = 0;
        while (connection.TrySend(FrameKind.Answer, sent + 1, bytes)) { sent++; }
        Assert.Equal(1024 * 1024 / (60_000 + LinkFrame.HeadLength), sent);
        Assert.False(connection.TrySend(FrameKind.Notice, 0, "1"u8));
        Assert.True(connection.TrySend(FrameKind.Answer, ++sent, "7"u8));

        var running = connection.RunAsync(TestContext.Current.CancellationToken);
        await Node.UntilAsync(() => socket.Frames().Count == sent);
        Assert.Equal(Enumerable.Range(1, sent).Select(number => (long)number), socket.Frames().Select(frame => frame.Call));
        Assert.All(socket.Messages, message => Assert.InRange(message.Length, 1, MessageBytesMax));
        Assert.Equal(0, connection.WaitingBytes);
        connection.Close();
        await running;
    }

    [Fact]
    public async Task NoticesThatThePeerDoesNotTake_AreDroppedAtABoundOfTheirOwn_AndAnswersDoNotWaitBehindMore()
    {
        using var socket = new RecordingSocket();
        var options = new LinkOptions { MessageBytesMax = MessageBytesMax, WaitingBytesMax = 1024 * 1024, NoticeBytesMax = 128 * 1024 };
        await using var connection = new LinkConnection(socket, options, (_, _) => true, TimeProvider.System, NullLogger.Instance);
        var bytes = Encoding.UTF8.GetBytes(_long);

        Assert.True(connection.TrySend(FrameKind.Notice, 0, bytes));
        Assert.True(connection.TrySend(FrameKind.Notice, 0, bytes));
        Assert.False(connection.TrySend(FrameKind.Notice, 0, bytes));
        Assert.True(connection.TrySend(FrameKind.Answer, 1, bytes));
        var running = connection.RunAsync(TestContext.Current.CancellationToken);
        await Node.UntilAsync(() => socket.Frames().Count == 3);

        // What was taken gives the credit back.
        await Node.UntilAsync(() => connection.TrySend(FrameKind.Notice, 0, bytes));
        connection.Close();
        await running;
    }

    [Fact]
    public async Task AnswerThatFindsNoRoom_IsToldAsUnknown_AndTheLinkStays()
    {
        var silo = await StartAsync(ClusterRole.Silo);
        await Node.ServingAsync(silo);
        using var socket = new RecordingSocket();
        var options = new LinkOptions { MessageBytesMax = MessageBytesMax, WaitingBytesMax = 256 * 1024 };
        var peer = new LinkPeer(silo.Links, options, NullLogger.Instance);
        await using var connection = new LinkConnection(socket, options, peer.Receive, TimeProvider.System, NullLogger.Instance);
        peer.Connection = connection;
        Take(FrameKind.Hello, 0, """{"Process":"a test","Protocol":2,"Contracts":1,"Hash":""}""");

        // Nothing goes out yet.
        for (var number = 1; number <= 30; number++) { Take(FrameKind.Call, number, $"[\"Probe\",\"k{number}\",\"Fail\",0,[\"{_long}\"]]"); }
        await Node.UntilAsync(() => peer.CallsUnderWay == 0);
        Assert.False(connection.IsClosed);

        var running = connection.RunAsync(TestContext.Current.CancellationToken);
        await Node.UntilAsync(() => socket.Frames().Count == 31);
        var answers = socket.Frames()[1..];
        Assert.Equal(Enumerable.Range(1, 30), answers.Select(answer => (int)answer.Call).Order());
        var exceptions = answers.Select(answer => new LinkExceptions().Read(new GrainId("Probe", "a"), Encoding.UTF8.GetBytes(answer.Json))).ToList();
        Assert.Equal(4, exceptions.Count(exception => exception.Message == _long));
        Assert.Equal(26, exceptions.Count(exception => exception is GrainUnavailableException { Begun: true }));
        connection.Close();
        await running;

        void Take(FrameKind kind, long call, string json) => Assert.True(peer.Receive(connection, new LinkFrame(kind, call, Encoding.UTF8.GetBytes(json))));
    }

    private async Task<Node> StartAsync(ClusterRole role, params (string Key, string Value)[] settings)
    {
        var node = await Node.StartAsync(_store, role, settings);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Takes everything and says nothing.</summary>
    private sealed class RecordingSocket : WebSocket
    {
        private readonly List<byte> _message = [];
        private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<byte[]> Messages { get; } = new();

        public override WebSocketCloseStatus? CloseStatus => null;

        public override string? CloseStatusDescription => null;

        public override WebSocketState State => WebSocketState.Open;

        public override string? SubProtocol => null;

        public List<(FrameKind Kind, long Call, string Json)> Frames()
        {
            List<(FrameKind, long, string)> frames = [];
            foreach (var message in Messages)
            {
                ReadOnlySpan<byte> rest = message;
                while (LinkFrame.TryRead(ref rest, out var frame)) { frames.Add((frame.Kind, frame.Call, Encoding.UTF8.GetString(frame.Json))); }
            }

            return frames;
        }

        public override Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
        {
            _message.AddRange(buffer);
            if (endOfMessage)
            {
                Messages.Enqueue([.. _message]);
                _message.Clear();
            }

            return Task.CompletedTask;
        }

        public override async Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
        {
            await _over.Task.WaitAsync(cancellationToken);
            return new WebSocketReceiveResult(0, WebSocketMessageType.Close, true);
        }

        public override void Abort() => _over.TrySetResult();

        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;

        public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Dispose() => _over.TrySetResult();
    }
}
