using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;
using LiveCommerce.Tests;

namespace LiveCommerce.Media.Tests;

/// <summary>What holds for every stream, on streams of many kinds. A failure is rerun by its row.</summary>
public sealed class SegmentPropertyTests
{
    public static TheoryData<int, double, double, double> Streams()
    {
        var data = new TheoryData<int, double, double, double>();
        var seed = 1;
        foreach (var rate in (double[])[1, 5, 10, 12, 15, 20, 24, 25, 29.97, 30, 50, 60])
        {
            data.Add(seed++, rate, 0, 1);
            data.Add(seed++, rate, 0.3, 1);
            data.Add(seed++, rate, 0.9, 2);
            data.Add(seed++, rate, 0.1, 0.7);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void EveryFragmentIsInOnePart_AndEveryPlaylistKeepsTheRules(int seed, double rate, double jitter, double keyframeEvery)
    {
        var stream = RandomStream.Make(new Random(seed), rate, jitter, keyframeEvery, 20);
        var watcher = new Watcher();
        var timeline = new Timeline(new SegmentRules(), new TimelineLimits(), listener: watcher);
        watcher.Timeline = timeline;

        timeline.BeginRun(RandomStream.Header, TimelineTests.Began);
        foreach (var fragment in stream.Fragments)
        {
            timeline.Add(fragment, out var problem);
            Assert.Null(problem);
        }

        timeline.End();

        Assert.Empty(watcher.Wrong);
        Assert.Equal(stream.Fragments, watcher.Segments.SelectMany(segment => segment.Body.Fragments));
        foreach (var segment in watcher.Segments)
        {
            Assert.Equal(segment.Body.Fragments, segment.Body.Parts.SelectMany(part => part.Fragments));
            Assert.Equal(segment.Body.Bytes, segment.Body.Parts.Sum(part => part.Bytes));
            Assert.Equal(Enumerable.Range(0, segment.Body.Parts.Count), segment.Body.Parts.Select(part => part.Index));
            Assert.True(segment.Body.Fragments[0].Of(TrackKind.Video)!.StartsWithKeyframe);
            Assert.True(segment.Body.Parts[0].Independent);
            Assert.All(segment.Body.Parts, part => Assert.InRange(part.Duration, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(0.35)));
            if (rate >= 15 && jitter == 0) { Assert.Equal(segment.Duration.TotalSeconds, segment.Body.Parts.Sum(part => part.Duration.TotalSeconds), 0.001); }
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void FollowingRung_HasTheLeadersSegments_HoweverLateOrEarlyItsFragmentsCome(int seed, double rate, double jitter, double keyframeEvery)
    {
        var random = new Random(seed);
        var stream = RandomStream.Make(random, rate, jitter, keyframeEvery, 20).Fragments;
        var leader = new Timeline(new SegmentRules(), new TimelineLimits());
        var watcher = new Watcher();
        var rung = new Timeline(new SegmentRules(), new TimelineLimits(), leader: leader, listener: watcher);
        watcher.Timeline = rung;
        leader.BeginRun(RandomStream.Header, TimelineTests.Began);
        rung.BeginRun(RandomStream.Header with { }, TimelineTests.Began.AddSeconds(3));

        var (led, followed) = (0, 0);
        while (led < stream.Count || followed < stream.Count)
        {
            if (led < stream.Count && random.Next(2) == 0)
            {
                leader.Add(stream[led++], out _);
                rung.Follow();
            }
            else if (followed < stream.Count && followed < led + 20)
            {
                rung.Add(stream[followed++], out var problem);
                Assert.Null(problem);
            }
        }

        leader.End();
        rung.End();

        Assert.Empty(watcher.Wrong);
        Assert.Equal(
            leader.View.Segments.Select(segment => (segment.Number, segment.At, segment.Duration, segment.Discontinuities)),
            rung.View.Segments.Select(segment => (segment.Number, segment.At, segment.Duration, segment.Discontinuities)));
        Assert.Equal(stream, watcher.Segments.SelectMany(segment => segment.Body.Fragments));
        Assert.Empty(PlaylistChecker.CheckVariants(PlaylistWriter.WriteMedia(leader.View, [], false), PlaylistWriter.WriteMedia(rung.View, [], false)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RungsThatBreakAndComeBack_StayInStepThroughManyEncoders(int seed)
    {
        var random = new Random(seed);
        var leader = new Timeline(new SegmentRules(), new TimelineLimits());
        var watcher = new Watcher();
        var rung = new Timeline(new SegmentRules(), new TimelineLimits(), leader: leader, listener: watcher);
        watcher.Timeline = rung;
        for (var run = 0; run < 12; run++)
        {
            var stream = RandomStream.Make(random, 30, 0.2, 1, 3 + (random.NextDouble() * 8)).Fragments;
            var at = TimelineTests.Began.AddSeconds(run * 30);

            // Either header may be first.
            if (random.Next(2) == 0) { rung.BeginRun(RandomStream.Header with { }, at); }
            leader.BeginRun(RandomStream.Header with { }, at);
            if (rung.InitNumber < run) { rung.BeginRun(RandomStream.Header with { }, at); }

            var (missesFrom, missesTo) = (random.Next(stream.Count), random.Next(stream.Count));
            for (var i = 0; i < stream.Count; i++)
            {
                leader.Add(stream[i], out _);
                rung.Follow();
                if (i < missesFrom || i > missesTo) { rung.Add(stream[i], out _); }
            }

            leader.EndRun();
            rung.EndRun();
            Assert.Empty(PlaylistChecker.CheckVariants(PlaylistWriter.WriteMedia(leader.View, [], false), PlaylistWriter.WriteMedia(rung.View, [], false)));
        }

        Assert.Empty(watcher.Wrong);
        Assert.Equal(11, leader.View.Segments[^1].Discontinuities);
    }

    [Fact]
    public void RungThatRunsFarAhead_IsStoppedBeforeItFillsTheMemory()
    {
        var leader = TimelineTests.New();
        var rung = TimelineTests.New(leader);
        leader.BeginRun(TimelineTests.Header, TimelineTests.Began);
        rung.BeginRun(TimelineTests.Header, TimelineTests.Began);

        MediaProblem? problem = null;
        for (var i = 0; i <= Timeline.WaitingMax; i++) { rung.Add(SegmenterTests.Pictures(i * 100, 100, key: i % 10 == 0), out problem); }

        Assert.Equal(MediaFault.OutOfOrder, problem!.Fault);
    }

    [Fact]
    public void RungThatAppearsLater_BeginsAtTheLeadersNumber_WithAHeaderNumberOfItsOwn()
    {
        var leader = TimelineTests.New();
        TimelineTests.Run(leader, TimelineTests.Began, seconds: 5);
        leader.EndRun();
        var rung = new Timeline(new SegmentRules { QuickSegments = 0 }, new TimelineLimits(), leader: leader, initsBefore: 3);
        leader.BeginRun(TimelineTests.Header, TimelineTests.Began.AddSeconds(10));
        rung.BeginRun(TimelineTests.Header, TimelineTests.Began.AddSeconds(10));
        for (var ms = 0; ms < 5000; ms += 100)
        {
            leader.Add(SegmenterTests.Pictures(ms, 100, key: ms % 1000 == 0), out _);
            rung.Add(SegmenterTests.Pictures(ms, 100, key: ms % 1000 == 0), out _);
            rung.Follow();
        }

        Assert.Equal([3L, 4], rung.View.Segments.Select(segment => segment.Number));
        Assert.Equal([3], rung.View.Inits.Keys);
        Assert.Equal(5, rung.View.Open!.Number);
        Assert.Empty(PlaylistChecker.CheckVariants(PlaylistWriter.WriteMedia(leader.View, [], false), PlaylistWriter.WriteMedia(rung.View, [], false)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(22)]
    [InlineData(333)]
    public void FragmentsInAnyOrderAndWithAnyTimes_NeverThrow_AndPlaylistsStayRight(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
        {
            var watcher = new Watcher();
            var timeline = new Timeline(
                new SegmentRules { BytesMax = 40_000 }, new TimelineLimits { KeptSegments = 8, ListedSegments = 6, KeptBytes = 60_000 }, listener: watcher);
            watcher.Timeline = timeline;
            for (var run = 0; run < 4; run++)
            {
                timeline.BeginRun(RandomStream.Header with { }, TimelineTests.Began.AddSeconds(random.Next(100)));
                foreach (var fragment in RandomStream.Make(random, random.Next(1, 60), 1, 0.5 + random.NextDouble(), 12).Fragments)
                {
                    timeline.Add(random.Next(30) == 0 ? Damage(random, fragment) : fragment, out var problem);
                    Assert.True(timeline.View.Segments.Count <= 8);
                    Assert.True(timeline.View.Segments.Skip(1).Sum(segment => segment.Body.Bytes) <= 60_000);
                    if (problem is not null) { break; }
                }
            }

            timeline.End();

            // Small bounds and hostile times break promises about the length of the playlist and about dates; nothing else.
            Assert.DoesNotContain(watcher.Wrong, wrong => !wrong.Contains("three target durations") && !wrong.Contains("the date of segment"));
        }
    }

    private static Fragment Damage(Random random, Fragment fragment)
    {
        var runs = fragment.Runs.Select(run => random.Next(5) switch
        {
            0 => run with { Start = TimeSpan.FromSeconds(random.Next(0, 100)) },
            1 => run with { Duration = TimeSpan.FromSeconds(random.NextDouble() * 20) },
            2 => run with { Duration = TimeSpan.Zero },
            3 => run with { StartsWithKeyframe = !run.StartsWithKeyframe },
            _ => run with { Start = run.Start + TimeSpan.FromMilliseconds(random.Next(3000)) },
        });
        return fragment with { Runs = [.. runs] };
    }

    /// <summary>Reads every playlist that players could get, and compares it with the one before.</summary>
    private sealed class Watcher : ITimelineListener
    {
        private string? _before;

        public Timeline Timeline { get; set; } = null!;

        public List<string> Wrong { get; } = [];

        public List<Segment> Segments { get; } = [];

        public void Made(Segment segment) => Segments.Add(segment);

        public void Took(Fragment fragment)
        {
        }

        public void Changed()
        {
            var view = Timeline.View;
            if (!view.HasMedia) { return; }
            var now = PlaylistWriter.WriteMedia(view, [], delta: false);
            Wrong.AddRange(PlaylistChecker.Check(now));
            Wrong.AddRange(PlaylistChecker.CheckDelta(now, PlaylistWriter.WriteMedia(view, [], delta: true)));
            if (_before is not null) { Wrong.AddRange(PlaylistChecker.CheckUpdate(_before, now)); }
            _before = now;
        }
    }
}
