using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;

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
public static partial class NeighbourJson
{
    /// <summary>The same settings, with <see cref="UnreadableKindAttribute"/> and <see cref="ReadFirstAttribute"/> kept. Read-only.</summary>
    public static JsonSerializerOptions Of(JsonSerializerOptions plain)
    {
        plain.MakeReadOnly(populateMissingResolver: true);
        return Of(plain, null, null);
    }

    /// <summary>
    /// The same settings; a record that could not be read although this release knows its kind is written to the log, once for each kind:
    /// that may be a mistake of ours, where an unknown kind is only newer. Read-only.
    /// </summary>
    /// <param name="settings">Of <see cref="Of(JsonSerializerOptions)"/>; others keep no kinds and stay as they are.</param>
    public static JsonSerializerOptions Telling(JsonSerializerOptions settings, ILogger logger) =>
        settings.Converters.OfType<Neighbours>().FirstOrDefault() is { } silent ? Of(silent.Plain, null, new UnreadLines(logger)) : settings;

    private static JsonSerializerOptions Of(JsonSerializerOptions plain, Type? except, UnreadLines? lines)
    {
        var options = new JsonSerializerOptions(plain);
        var neighbours = new Neighbours(plain, except, lines);
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

    /// <summary>The lines about known kinds that could not be read: one for each.</summary>
    private sealed class UnreadLines(ILogger logger)
    {
        private readonly ConcurrentDictionary<(Type Record, string Kind), bool> _told = new();

        public void Tell(Type record, string kind, Exception why)
        {
            if (_told.TryAdd((record, kind), true)) { Log.KnownKindUnread(logger, why, record.Name, kind); }
        }
    }

    private sealed class Neighbours(JsonSerializerOptions plain, Type? except, UnreadLines? lines) : JsonConverterFactory
    {
        /// <summary>The settings without it.</summary>
        public JsonSerializerOptions Plain => plain;

        public override bool CanConvert(Type typeToConvert) => typeToConvert != except && IsMarked(typeToConvert);

        private static bool IsMarked(Type typeToConvert) => typeToConvert.IsEnum
            ? Array.Exists(typeToConvert.GetFields(BindingFlags.Public | BindingFlags.Static), IsReadFirst)
            : UnreadableOf(typeToConvert) is not null || typeToConvert.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Any(kind => IsReadFirst(kind.DerivedType));

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) => (JsonConverter)(typeToConvert.IsEnum
            ? Activator.CreateInstance(typeof(Values<>).MakeGenericType(typeToConvert), plain)!
            : Activator.CreateInstance(typeof(Kinds<>).MakeGenericType(typeToConvert), plain, lines)!);
    }

    private sealed class Kinds<T>(JsonSerializerOptions plain, UnreadLines? lines) : JsonConverter<T>
        where T : class
    {
        // What is inside one is marked, or not, as anything else.
        private readonly JsonSerializerOptions _inside = Of(plain, typeof(T), lines);
        private readonly Type? _unreadable = UnreadableOf(typeof(T));
        private readonly byte[] _kindProperty = Encoding.UTF8.GetBytes(typeof(T).GetCustomAttribute<JsonPolymorphicAttribute>()?.TypeDiscriminatorPropertyName ?? "$type");
        private readonly HashSet<string> _known =
            [.. typeof(T).GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Select(kind => kind.TypeDiscriminator).OfType<string>()];
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
                if (lines is not null && KindOf(again) is { } kind && _known.Contains(kind)) { lines.Tell(typeof(T), kind, unreadable); }
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

        /// <summary>What a record says it is; null: nothing that is a text.</summary>
        /// <param name="record">Stands where the record begins.</param>
        private string? KindOf(Utf8JsonReader record)
        {
            if (record.TokenType != JsonTokenType.StartObject) { return null; }
            while (record.Read() && record.TokenType == JsonTokenType.PropertyName)
            {
                var isKind = record.ValueTextEquals(_kindProperty);
                if (!record.Read()) { return null; }
                if (isKind) { return record.TokenType == JsonTokenType.String ? record.GetString() : null; }
                if (!record.TrySkip()) { return null; }
            }

            return null;
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

    private static partial class Log
    {
        [LoggerMessage(EventId = 1226, Level = LogLevel.Warning, Message = "A {Record} of kind {Kind} could not be read although this release knows that kind; "
            + "it is passed over. Unless a newer release runs beside this one, this is a mistake in the product (one line for each kind)")]
        public static partial void KnownKindUnread(ILogger logger, Exception why, string record, string kind);
    }
}
