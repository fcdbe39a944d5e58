using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LiveCommerce.Actors.Links;

/// <summary>
/// On a record of several kinds: what a newer process sends and this one cannot read becomes this kind, which holds what all kinds have.
/// Without it one such record makes the whole message unreadable.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class UnreadableKindAttribute(Type kind) : Attribute
{
    /// <summary>One of the kinds.</summary>
    public Type Kind => kind;
}

/// <summary>
/// On a value of an enum or on a kind of record: this release reads it and does not send it yet. Sending it fails, so that no process of
/// the release before meets it. The release after takes the mark away.
/// </summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Class, Inherited = false)]
public sealed class ReadFirstAttribute : Attribute;

/// <summary>JSON between processes of neighbouring releases: what only one of them knows does no harm to what both know.</summary>
public static class NeighbourJson
{
    /// <summary>The same settings, with <see cref="UnreadableKindAttribute"/> and <see cref="ReadFirstAttribute"/> kept. Read-only.</summary>
    public static JsonSerializerOptions Of(JsonSerializerOptions plain)
    {
        plain.MakeReadOnly(populateMissingResolver: true);
        var options = new JsonSerializerOptions(plain);
        options.Converters.Insert(0, new Neighbours(plain));
        options.MakeReadOnly();
        return options;
    }

    /// <summary>Whether readers of this release let kinds pass that they do not know.</summary>
    internal static Type? UnreadableOf(Type type) => type.GetCustomAttribute<UnreadableKindAttribute>(inherit: false)?.Kind;

    internal static bool IsReadFirst(MemberInfo? member) => member?.IsDefined(typeof(ReadFirstAttribute), inherit: false) == true;

    private static JsonException NotYet(string what) => new(
        $"{what} is marked [ReadFirst]: the release before cannot read it, so this one does not send it. The release after this one may.");

    private sealed class Neighbours(JsonSerializerOptions plain) : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum
            ? Array.Exists(typeToConvert.GetFields(BindingFlags.Public | BindingFlags.Static), IsReadFirst)
            : UnreadableOf(typeToConvert) is not null || typeToConvert.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Any(kind => IsReadFirst(kind.DerivedType));

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance((typeToConvert.IsEnum ? typeof(Values<>) : typeof(Kinds<>)).MakeGenericType(typeToConvert), plain)!;
    }

    private sealed class Kinds<T>(JsonSerializerOptions plain) : JsonConverter<T>
        where T : class
    {
        private readonly Type? _unreadable = UnreadableOf(typeof(T));
        private readonly ConcurrentDictionary<Type, bool> _readFirst = new();

        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var again = reader;
            try
            {
                return JsonSerializer.Deserialize<T>(ref reader, plain);
            }
            catch (Exception unreadable) when (_unreadable is not null && unreadable is JsonException or NotSupportedException)
            {
                reader = again;
                var stands = (T?)JsonSerializer.Deserialize(ref reader, _unreadable!, plain);
                LinkMetrics.NotUnderstood(typeof(T));
                return stands;
            }
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            if (_readFirst.GetOrAdd(value.GetType(), IsReadFirst)) { throw NotYet(value.GetType().Name); }
            JsonSerializer.Serialize(writer, value, plain);
        }
    }

    private sealed class Values<T>(JsonSerializerOptions plain) : JsonConverter<T>
        where T : struct, Enum
    {
        private readonly JsonConverter<T> _plain = (JsonConverter<T>)plain.GetConverter(typeof(T));

        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => _plain.Read(ref reader, typeToConvert, plain);

        public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            _plain.ReadAsPropertyName(ref reader, typeToConvert, plain);

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => _plain.Write(writer, Checked(value), plain);

        public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            _plain.WriteAsPropertyName(writer, Checked(value), plain);

        private static T Checked(T value) => Enum.GetName(value) is { } name && IsReadFirst(typeof(T).GetField(name)) ? throw NotYet($"{typeof(T).Name}.{name}") : value;
    }
}
