using System.Text.Json;
using System.Text.Json.Serialization;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Links;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>The same contracts in the release before and in the one after it, each in a process of its own, on a real link.</summary>
public sealed class TwoReleasesTests : IAsyncDisposable
{
    private readonly MemoryClusterStore _store = new();
    private readonly List<Node> _nodes = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) { await node.DisposeAsync(); }
    }

    [Fact]
    public async Task KindsAndValuesOfTheNewerRelease_KeepTheirPlaceAtTheOlder_WhichGoesOn()
    {
        var silo = await StartAsync(ClusterRole.Silo, "5");
        await Node.ServingAsync(silo);
        var gateway = await StartAsync(ClusterRole.Gateway, "4");
        var listener = new Before.Listener();
        var observer = gateway.Grains.CreateObjectReference<Before.INewsObserver>(listener);
        var news = gateway.Grains.GetGrain<Before.INewsGrain>("a");

        await news.Publish(observer);
        var heard = await listener.Heard.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);

        Assert.Equal([new Before.Said("one") { Number = 1 }, new Before.Unread { Number = 2 }, new Before.Unread { Number = 3 }, new Before.Said("four") { Number = 4 }], heard);
        Assert.Equal([new Before.Said("one") { Number = 1 }, new Before.Unread { Number = 2 }, new Before.Unread { Number = 3 }, new Before.Said("four") { Number = 4 }], await news.Read());
        GC.KeepAlive(observer);

        // What was said loudly came twice; what was shown is of a kind that nobody here knows.
        Assert.Contains("kind said", Assert.Single(gateway.Log.Lines, IsOfAKnownKind), StringComparison.Ordinal);
    }

    [Fact]
    public void KnownKindThatCannotBeRead_IsPassedOverWithOneLine_AndAnUnknownOneWithNone()
    {
        var log = new RecordingLog();
        var json = NeighbourJson.Telling(Json(), log);
        foreach (var text in (string[])["""{"kind":"said","text":5,"number":1}""", """{"number":1,"text":{"kind":"x"},"kind":"said"}""", """{"kind":"sung","number":1}""", """{"number":1}"""])
        {
            Assert.Equal(new Before.Unread { Number = 1 }, JsonSerializer.Deserialize<Before.Item>(text, json));
        }

        Assert.Equal([new Before.Said("one")], JsonSerializer.Deserialize<Before.Item[]>("""[{"kind":"said","text":"one"}]""", json)!);
        Assert.Contains("kind said", Assert.Single(log.Lines, IsOfAKnownKind), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OlderReleasesWords_AreWholeAtTheNewer_WithTheDefaultsOfWhatItDoesNotSend()
    {
        var silo = await StartAsync(ClusterRole.Silo, "5");
        await Node.ServingAsync(silo);
        var gateway = await StartAsync(ClusterRole.Gateway, "4");

        Assert.Equal("one in plain", await gateway.Grains.GetGrain<Before.INewsGrain>("a").Take(new Before.Said("one")));
    }

    [Fact]
    public async Task WhatIsOnlyReadYet_CannotBeSent()
    {
        var silo = await StartAsync(ClusterRole.Silo, "5");
        await Node.ServingAsync(silo);
        var gateway = await StartAsync(ClusterRole.Gateway, "5");
        var news = gateway.Grains.GetGrain<After.INewsGrain>("a");

        foreach (var item in (After.Item[])[new After.Said("one", After.Tone.Sung), new After.Drawn()])
        {
            var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => news.Take(item).AsTask());
            Assert.Contains("is marked [ReadFirst]", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal("one in loud", await news.Take(new After.Said("one", After.Tone.Loud)));
    }

    private static bool IsOfAKnownKind(string line) => line.StartsWith("1226:", StringComparison.Ordinal);

    // Grains are the silo's, and that is of the newer release.
    private async Task<Node> StartAsync(ClusterRole role, string contracts)
    {
        var node = await Node.StartAsync(
            _store, role, new Script(), TimeProvider.System, Json(), actors => actors.AddGrain<After.INewsGrain, After.NewsGrain>(), ("Test:Contracts", contracts));
        _nodes.Add(node);
        return node;
    }

    private static JsonSerializerOptions Json()
    {
        var plain = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        plain.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        return NeighbourJson.Of(plain);
    }

    /// <summary>As it was released.</summary>
    public static class Before
    {
        public enum Tone
        {
            Plain = 0,
        }

        public interface INewsGrain : IGrainWithStringKey
        {
            ValueTask Publish(INewsObserver to);

            ValueTask<IReadOnlyList<Item>> Read();

            ValueTask<string> Take(Item item);
        }

        public interface INewsObserver : IGrainObserver
        {
            ValueTask OnNews(IReadOnlyList<Item> items);
        }

        [JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
        [JsonDerivedType(typeof(Said), "said")]
        [JsonDerivedType(typeof(Unread), "unknown")]
        [UnreadableKind(typeof(Unread))]
        public abstract record Item
        {
            public long Number { get; init; }
        }

        public sealed record Said(string Text, Tone Tone = Tone.Plain) : Item;

        public sealed record Unread : Item;

        internal sealed class Listener : INewsObserver
        {
            public TaskCompletionSource<IReadOnlyList<Item>> Heard { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

            public ValueTask OnNews(IReadOnlyList<Item> items)
            {
                Heard.TrySetResult(items);
                return ValueTask.CompletedTask;
            }
        }
    }

    /// <summary>One release later: a kind, a value and a field more, and some that it only reads yet.</summary>
    public static class After
    {
        public enum Tone
        {
            Plain = 0,
            Loud = 1,

            [ReadFirst]
            Sung = 2,
        }

        public interface INewsGrain : IGrainWithStringKey
        {
            ValueTask Publish(INewsObserver to);

            ValueTask<IReadOnlyList<Item>> Read();

            ValueTask<string> Take(Item item);
        }

        public interface INewsObserver : IGrainObserver
        {
            ValueTask OnNews(IReadOnlyList<Item> items);
        }

        [JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
        [JsonDerivedType(typeof(Said), "said")]
        [JsonDerivedType(typeof(Shown), "shown")]
        [JsonDerivedType(typeof(Drawn), "drawn")]
        [JsonDerivedType(typeof(Unread), "unknown")]
        [UnreadableKind(typeof(Unread))]
        public abstract record Item
        {
            public long Number { get; init; }
        }

        public sealed record Said(string Text, Tone Tone = Tone.Plain, string Link = "in") : Item;

        public sealed record Shown(string Picture) : Item;

        [ReadFirst]
        public sealed record Drawn : Item;

        public sealed record Unread : Item;

        internal sealed class NewsGrain : Grain, INewsGrain
        {
            private static readonly IReadOnlyList<Item> News =
                [new Said("one") { Number = 1 }, new Shown("a cat") { Number = 2 }, new Said("three", Tone.Loud) { Number = 3 }, new Said("four") { Number = 4 }];

            public ValueTask Publish(INewsObserver to) => to.OnNews(News);

            public ValueTask<IReadOnlyList<Item>> Read() => ValueTask.FromResult(News);

            public ValueTask<string> Take(Item item) => ValueTask.FromResult(item is Said said ? $"{said.Text} {said.Link} {said.Tone.ToString().ToLowerInvariant()}" : "");
        }
    }
}
