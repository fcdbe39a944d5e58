using System.Text.Json;
using System.Text.Json.Serialization;
using LiveCommerce.Actors.Links;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>Which changes of the contracts two neighbouring releases can live with.</summary>
public sealed class ContractBookTests
{
    private static readonly JsonSerializerOptions Json = MakeJson();

    private static readonly ContractBook Now = ContractBook.Of([typeof(ISampleGrain), typeof(ISampleObserver)], Json);

    public enum Sort
    {
        Small = 0,
        Large = 1,
    }

    [JsonConverter(typeof(JsonStringEnumConverter<Colour>))]
    public enum Colour
    {
        Red = 0,
        Blue = 1,

        [ReadFirst]
        Green = 2,
    }

    public interface ISampleGrain : IGrainWithStringKey
    {
        ValueTask<SampleAnswer> Ask(SampleQuestion question, int times = 1);

        [OneWay]
        ValueTask Tell(string word);

        [Obsolete("Ask instead.")]
        ValueTask<int> AskInOldWords(string words);
    }

    public interface ISampleObserver : IGrainObserver
    {
        ValueTask OnEvent(SampleEvent happened, SampleAct act);
    }

    [Fact]
    public void EveryMemberThatCrosses_HasItsLine()
    {
        Assert.Equal(
            [
                "call Sample.Ask = ContractBookTests.SampleAnswer",
                "call Sample.Ask#0 = ContractBookTests.SampleQuestion",
                "call Sample.Ask#1 = Int32 optional",
                "call Sample.AskInOldWords = Int32 obsolete",
                "call Sample.AskInOldWords#0 = String obsolete",
                "call Sample.Tell = nothing one-way",
                "call Sample.Tell#0 = String",
                "field ContractBookTests.SampleAnswer.sorts = IReadOnlyList<ContractBookTests.Sort>",
                "field ContractBookTests.SampleEnded.colour = ContractBookTests.Colour",
                "field ContractBookTests.SampleEnded.number = Int64? optional",
                "field ContractBookTests.SampleQuestion.hints = IReadOnlyList<String> optional",
                "field ContractBookTests.SampleQuestion.language = String optional",
                "field ContractBookTests.SampleQuestion.least = Int32 optional",
                "field ContractBookTests.SampleQuestion.reason = String",
                "field ContractBookTests.SampleQuestion.text = String",
                "kind ContractBookTests.SampleAct.begin = ContractBookTests.SampleBegin",
                "kind ContractBookTests.SampleEvent.ended = ContractBookTests.SampleEnded",
                "kind ContractBookTests.SampleEvent.unknown = ContractBookTests.SampleUnread",
                "notice ISampleObserver.OnEvent = nothing",
                "notice ISampleObserver.OnEvent#0 = ContractBookTests.SampleEvent",
                "notice ISampleObserver.OnEvent#1 = ContractBookTests.SampleAct",
                "reads ContractBookTests.SampleEvent = anything",
                "reads ContractBookTests.Sort = anything",
                "value ContractBookTests.Colour.Blue = 1",
                "value ContractBookTests.Colour.Green = 2 read-first",
                "value ContractBookTests.Colour.Red = 0",
                "value ContractBookTests.Sort.Large = 1",
                "value ContractBookTests.Sort.Small = 0",
            ],
            Now.Lines);
    }

    [Fact]
    public void WhatIsNew_AndWhatOlderOnesReadOrLeaveOutWithoutHarm_IsNoBreak() => Assert.Empty(Now.BreaksOf(Without(
        "Tell", "SampleEvent.ended", "SampleEnded", "Ask#1", "Large", "Green", "hints", "language", "least")));

    [Theory]
    [InlineData("kind ContractBookTests.SampleEvent.ended", "is a new kind", "Mark it [ReadFirst]", "reads ContractBookTests.SampleEvent")]
    [InlineData("value ContractBookTests.Colour.Blue", "is a new value", "Mark it [ReadFirst]", null)]
    [InlineData("value ContractBookTests.Sort.Large", "is a new value", "Mark it [ReadFirst]", "reads ContractBookTests.Sort")]
    [InlineData("field ContractBookTests.SampleQuestion.text", "is a new field", "Let it be nullable, or give it a default value", null)]
    [InlineData("field ContractBookTests.SampleQuestion.reason", "is a new field", "Let it be nullable, or give it a default value", null)]
    public void WhatIsNew_AndTheReleaseBeforeCannotReadOrDoesNotSend_IsABreak_ThatSaysWhatToDo(string added, string what, string cure, string? unlessReleased)
    {
        var found = Assert.Single(Now.BreaksOf(unlessReleased is null ? Without(added) : Without(added, unlessReleased)));

        Assert.Contains(added, found, StringComparison.Ordinal);
        Assert.Contains(what, found, StringComparison.Ordinal);
        Assert.Contains(cure, found, StringComparison.Ordinal);
    }

    [Fact]
    public void FieldThatWasOptional_AndIsNotAnyMore_IsABreak() => Assert.Contains(
        "may be missing in what processes of the release before send",
        Assert.Single(Now.BreaksOf(Now.Lines.Select(line => line.StartsWith("field ContractBookTests.SampleQuestion.text", StringComparison.Ordinal) ? $"{line} optional" : line))),
        StringComparison.Ordinal);

    [Fact]
    public void AnyDifference_MakesItAnotherVersion()
    {
        Assert.True(Now.IsSame(["# contracts 4", .. Now.Lines]));
        Assert.False(Now.IsSame(Without("Green")));
    }

    private static IEnumerable<string> Without(params string[] words) =>
        Now.Lines.Where(line => !words.Any(word => line.Contains(word, StringComparison.Ordinal)));

    [Theory]
    [InlineData("call Sample.Whisper = nothing", "\"call Sample.Whisper\" is released and gone")]
    [InlineData("field ContractBookTests.SampleQuestion.dialect = String", "mark it [Obsolete]")]
    [InlineData("value ContractBookTests.Sort.Medium = 2", "is released and gone")]
    [InlineData("kind ContractBookTests.SampleEvent.began = SampleBegan", "is released and gone")]
    [InlineData("call Sample.Ask#2 = String", "is released and gone")]
    public void WhatIsRemoved_IsABreak_ThatSaysWhatToDo(string released, string words) =>
        Assert.Contains(words, Assert.Single(Now.BreaksOf(Now.Lines.Append(released))), StringComparison.Ordinal);

    [Theory]
    [InlineData("call Sample.Tell#0 = String", "call Sample.Tell#0 = Int32")]
    [InlineData("call Sample.Tell = nothing one-way", "call Sample.Tell = nothing")]
    [InlineData("field ContractBookTests.SampleQuestion.text = String", "field ContractBookTests.SampleQuestion.text = Int64")]
    [InlineData("value ContractBookTests.Sort.Large = 1", "value ContractBookTests.Sort.Large = 7")]
    public void WhatIsChanged_IsABreak_ThatSaysWhatToDo(string line, string released) =>
        Assert.Contains(
            "add a member with another name", Assert.Single(Now.BreaksOf(Now.Lines.Select(now => now == line ? released : now))), StringComparison.Ordinal);

    [Fact]
    public void WhatTheReleaseBeforeHasMarkedObsolete_MayGo() =>
        Assert.Empty(Now.BreaksOf(["# a comment", .. Now.Lines, "call Sample.Whisper = nothing obsolete", "call Sample.Whisper#0 = String obsolete"]));

    [Fact]
    public void NewArgumentWithoutADefault_IsABreak() =>
        Assert.Contains("Give it a default value", Assert.Single(Now.BreaksOf(Now.Lines.Where(line => !line.StartsWith("call Sample.Tell#0", StringComparison.Ordinal)))), StringComparison.Ordinal);

    private static JsonSerializerOptions MakeJson()
    {
        var json = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        json.MakeReadOnly(populateMissingResolver: true);
        return json;
    }

    public sealed record SampleQuestion(string Text, string? Language, int Least = 1)
    {
        public IReadOnlyList<string> Hints { get; init; } = [];

        public string Reason { get; init; } = null!;
    }

    public sealed record SampleAnswer(IReadOnlyList<Sort> Sorts);

    [JsonDerivedType(typeof(SampleEnded), "ended")]
    [JsonDerivedType(typeof(SampleUnread), "unknown")]
    [UnreadableKind(typeof(SampleUnread))]
    public abstract record SampleEvent;

    public sealed record SampleEnded(long? Number, Colour Colour) : SampleEvent;

    public sealed record SampleUnread : SampleEvent;

    [JsonDerivedType(typeof(SampleBegin), "begin")]
    public abstract record SampleAct;

    public sealed record SampleBegin : SampleAct;
}
