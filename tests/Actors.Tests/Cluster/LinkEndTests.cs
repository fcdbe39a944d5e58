using System.Collections.Concurrent;
using System.Text.Json;
using LiveCommerce.Actors.Hosting;
using LiveCommerce.Actors.Links;
using LiveCommerce.Actors.Runtime;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>Whatever ends while a call is being written: every call is answered or comes back.</summary>
public sealed class LinkEndTests : IAsyncDisposable
{
    private readonly MemoryClusterStore _store = new();
    private readonly RecordingLog _log = new();
    private readonly ConcurrentQueue<GrainCall> _returned = new();
    private readonly ManualResetEventSlim _writing = new();
    private readonly ManualResetEventSlim _mayWrite = new();
    private readonly TaskCompletionSource _cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FakeSilo? _silo;
    private int _connections;
    private volatile bool _hold;

    public async ValueTask DisposeAsync()
    {
        _mayWrite.Set();
        if (_silo is not null) { await _silo.DisposeAsync(); }
        _writing.Dispose();
        _mayWrite.Dispose();
    }

    [Fact]
    public async Task CallThatIsBeingWrittenWhenItsLinkIsDisposed_ComesBack_WithThoseBehindIt()
    {
        var link = await LinkAsync();
        var (calls, sending) = BeginToWrite(link);

        await link.DisposeAsync();
        Assert.Equal(2, link.WaitingCount);
        _mayWrite.Set();
        await sending;

        Assert.Equal(calls, _returned);
        Assert.Equal(0, link.WaitingCount);
        var late = Call(10);
        link.Send(late);
        Assert.Same(late, _returned.Last());
    }

    [Fact]
    public async Task CallThatIsBeingWrittenWhenTheLinkBreaksAndNoOtherIsToBeHad_ComesBack_WithThoseBehindIt()
    {
        var link = await LinkAsync();
        var (calls, sending) = BeginToWrite(link);

        _cut.SetResult();
        await _refused.Task;
        await Node.UntilAsync(() => _log.Lines.Any(line => line.StartsWith("1222:", StringComparison.Ordinal)));
        _mayWrite.Set();
        await sending;

        await Node.UntilAsync(() => _returned.Count == 2);
        Assert.Equal(calls, _returned);
        Assert.Equal(0, link.WaitingCount);
        await link.DisposeAsync();
    }

    /// <summary>
    /// Two calls that wait for credit, while the thread that sent the second writes the first and does not come to an end: a long one is
    /// under way, and it leaves credit for a short one only.
    /// </summary>
    private (GrainCall[] Calls, Task Sending) BeginToWrite(SiloLink link)
    {
        GrainCall[] calls = [Call(600), Call(10)];
        link.Send(calls[0]);
        Assert.Equal(1, link.WaitingCount);
        _hold = true;
        var sending = Task.Factory.StartNew(() => link.Send(calls[1]), TaskCreationOptions.LongRunning);
        Assert.True(_writing.Wait(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));
        return (calls, sending);
    }

    /// <summary>A link to a silo that takes one call, answers nothing, and takes nobody in a second time.</summary>
    private async Task<SiloLink> LinkAsync()
    {
        _silo = await FakeSilo.StartAsync(_store, async link =>
        {
            if (Interlocked.Increment(ref _connections) > 1)
            {
                await link.SendAsync(FrameKind.Farewell, 0, "\"no more\"");
                try { await link.IsCutOffAsync(); }
                finally { _refused.TrySetResult(); }
                return;
            }

            await FakeSilo.WelcomeAsync(link, bytes: 1000);
            await link.ReadAsync();
            await _cut.Task.WaitAsync(TestContext.Current.CancellationToken);
        });
        var url = (await _store.ReadAsync(TestContext.Current.CancellationToken)).Silos.Single().LinkUrl;
        var codec = new LinkCodec(new JsonSerializerOptions(JsonSerializerDefaults.Web), Write, (_, _) => new object());
        var client = new LinkClient(
            "a test", new LinkContracts(1, ""), codec, new LinkExceptions(), new ObserverBook("a test"),
            new LinkOptions { ConnectWithin = TimeSpan.FromSeconds(50), CreditPatience = TimeSpan.FromMinutes(1) },
            new LinkCertificates(null, null), new ActorOptions(), TimeProvider.System, _log);
        var link = new SiloLink(client, new Uri(url), (_, _) => { }, _returned.Enqueue);
        link.Send(Call(800));
        await Node.UntilAsync(() => link is { WaitingCount: 0, AwaitedCount: 1 });
        return link;
    }

    private LinkCodec.ObserverAddress Write(object observer)
    {
        if (_hold)
        {
            _writing.Set();
            _mayWrite.Wait();
        }

        return new LinkCodec.ObserverAddress("a test", new string('x', ((Listener)observer).Length));
    }

    private static GrainCall Call(int length) =>
        GrainInterface.Of<IProbeGrain>().Find(nameof(IProbeGrain.Greet))!.CreateCall(new GrainId("Probe", "a"), [new Listener(length), 1, 2]);

    private sealed record Listener(int Length) : IProbeObserver
    {
        public ValueTask OnGreeting(int number) => default;
    }
}
