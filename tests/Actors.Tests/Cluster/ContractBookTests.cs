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
        ValueTask OnEvent(SampleEvent happened);
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
                "field ContractBookTests.SampleEnded.number = Int64?",
                "field ContractBookTests.SampleQuestion.text = String",
                "kind ContractBookTests.SampleEvent.ended = ContractBookTests.SampleEnded",
                "notice ISampleObserver.OnEvent = nothing",
                "notice ISampleObserver.OnEvent#0 = ContractBookTests.SampleEvent",
                "value ContractBookTests.Sort.Large = 1",
                "value ContractBookTests.Sort.Small = 0",
            ],
            Now.Lines);
    }

    [Fact]
    public void WhatIsNew_IsNoBreak() => Assert.Empty(Now.BreaksOf(Now.Lines.Where(line => !line.Contains("Tell", StringComparison.Ordinal)
        && !line.Contains("ended", StringComparison.Ordinal) && !line.Contains("Ask#1", StringComparison.Ordinal) && !line.Contains("Large", StringComparison.Ordinal))));

    [Theory]
    [InlineData("call Sample.Whisper = nothing", "\"call Sample.Whisper\" is released and gone")]
    [InlineData("field ContractBookTests.SampleQuestion.language = String", "mark it [Obsolete]")]
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

    public sealed record SampleQuestion(string Text);

    public sealed record SampleAnswer(IReadOnlyList<Sort> Sorts);

    [JsonDerivedType(typeof(SampleEnded), "ended")]
    public abstract record SampleEvent;

    public sealed record SampleEnded(long? Number) : SampleEvent;
}
