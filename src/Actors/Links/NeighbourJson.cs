using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

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
        return Of(plain, null);
    }

    private static JsonSerializerOptions Of(JsonSerializerOptions plain, Type? except)
    {
        var options = new JsonSerializerOptions(plain);
        var neighbours = new Neighbours(plain, except);
        options.Converters.Insert(0, neighbours);

        // The framework tells kinds apart by itself or not at all: where we do, its own way is that of the settings inside.
        options.TypeInfoResolver = plain.TypeInfoResolver!.WithAddedModifier(info =>
        {
            if (neighbours.CanConvert(info.Type)) { info.PolymorphismOptions = null; }
        });
        options.MakeReadOnly();
        return options;
    }

    /// <summary>Whether readers of this release let kinds pass that they do not know.</summary>
    internal static Type? UnreadableOf(Type type) => type.GetCustomAttribute<UnreadableKindAttribute>(inherit: false)?.Kind;

    internal static bool IsReadFirst(MemberInfo? member) => member?.IsDefined(typeof(ReadFirstAttribute), inherit: false) == true;

    private static JsonException NotYet(string what) => new(
        $"{what} is marked [ReadFirst]: the release before cannot read it, so this one does not send it. The release after this one may.");

    private sealed class Neighbours(JsonSerializerOptions plain, Type? except) : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert != except && IsMarked(typeToConvert);

        private static bool IsMarked(Type typeToConvert) => typeToConvert.IsEnum
            ? Array.Exists(typeToConvert.GetFields(BindingFlags.Public | BindingFlags.Static), IsReadFirst)
            : UnreadableOf(typeToConvert) is not null || typeToConvert.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Any(kind => IsReadFirst(kind.DerivedType));

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance((typeToConvert.IsEnum ? typeof(Values<>) : typeof(Kinds<>)).MakeGenericType(typeToConvert), plain)!;
    }

    private sealed class Kinds<T>(JsonSerializerOptions plain) : JsonConverter<T>
        where T : class
    {
        // What is inside one is marked, or not, as anything else.
        private readonly JsonSerializerOptions _inside = Of(plain, typeof(T));
        private readonly Type? _unreadable = UnreadableOf(typeof(T));
        private readonly ConcurrentDictionary<Type, bool> _readFirst = new();

        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var again = reader;
            try
            {
                return JsonSerializer.Deserialize<T>(ref reader, _inside);
            }
            catch (Exception unreadable) when (_unreadable is not null && unreadable is JsonException or NotSupportedException)
            {
                reader = again;
                var stands = (T?)JsonSerializer.Deserialize(ref reader, _unreadable!, _inside);
                LinkMetrics.NotUnderstood(typeof(T));
                return stands;
            }
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            if (_readFirst.GetOrAdd(value.GetType(), IsReadFirst)) { throw NotYet(value.GetType().Name); }
            JsonSerializer.Serialize(writer, value, _inside);
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
