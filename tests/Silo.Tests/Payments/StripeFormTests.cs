using System.Text.Json;
using LiveCommerce.Silo.Payments.Stripe;

namespace LiveCommerce.Silo.Tests.Payments;

public sealed class StripeFormTests
{
    private static readonly JsonElement Vectors = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "stripe-form-vectors.json"))).RootElement.GetProperty("vectors");

    public static TheoryData<string> Names() => [.. Vectors.EnumerateArray().Select(vector => vector.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Parameters_AreEncodedAsTheOfficialLibraryDoes(string name)
    {
        var vector = Vectors.EnumerateArray().Single(one => one.GetProperty("name").GetString() == name);

        var form = StripeForm.Encode((Dictionary<string, object?>)Read(vector.GetProperty("params"))!);

        var url = vector.GetProperty("url").GetString()!;
        var expected = vector.GetProperty("method").GetString() == "GET" ? url[(url.IndexOf('?', StringComparison.Ordinal) + 1)..] : vector.GetProperty("body").GetString();
        Assert.Equal(expected, form);
    }

    [Fact]
    public void FloatingPointAmount_IsRefused() =>
        Assert.Throws<ArgumentException>(() => StripeForm.Encode([new("amount", 4.99)]));

    private static object? Read(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().ToDictionary(one => one.Name, one => Read(one.Value)),
        JsonValueKind.Array => json.EnumerateArray().Select(Read).ToList(),
        JsonValueKind.String => DateTimeOffset.TryParse(json.GetString(), out var time) ? time : json.GetString(),
        JsonValueKind.Number => json.GetInt64(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };
}
